"""The four places that a model of open_clip's may come from, each with all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.encoders import download
from core.encoders.download import Wish
from core.encoders.families import ModelEntry, UnknownModel
from core.encoders.openclip import tables
from core.encoders.openclip.artifacts import (
    CONFIG_FILE,
    WEIGHTS_FILES,
    Artifacts,
    local_text_parts,
    read_config,
    text_parts,
)
from core.runtime.errors import WinnowError

_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
_UNLISTED = ("Not on Winnow's list: check its licence yourself.", "see its model card")
_OWN = ("A checkpoint on this machine.", "your own")


class ModelSource(Protocol):
    """A place that a model may come from; whether it is there is for its methods to find out.

    The methods but ``artifacts`` answer as those of `core.encoders.families.Family` do.
    """

    @property
    def spec(self) -> str:
        """What the user typed, without spaces around it."""
        ...

    def describe(self) -> ModelEntry | None:
        """What can be known before loading; None where nothing is called so."""
        ...

    def is_cached(self) -> bool:
        """Whether loading needs no network. Makes no request."""
        ...

    def size(self) -> int | None:
        """About how many bytes loading fetches when nothing is cached; None: not known."""
        ...

    def artifacts(self, wish: Wish) -> Artifacts:
        """All that the model is built from, downloaded where needed.

        Raises:
            UnknownModel: nothing is called so.
            WinnowError: a part is missing, or could not be downloaded.
            Cancelled: asked to stop.
        """
        ...


@dataclass(frozen=True)
class Tag:
    """An architecture and a checkpoint of open_clip's own table. See `ModelSource`."""

    spec: str
    architecture: str
    tag: str

    def describe(self) -> ModelEntry | None:
        """Its table entries; None where the architecture is unknown."""
        config = tables.architecture_config(self.architecture)
        return None if config is None else _entry(self, _UNLISTED, config)

    def is_cached(self) -> bool:
        """Weights, and the tokenizer where it has one of its own, are in the hub's cache."""
        files = self._files()
        config = tables.architecture_config(self.architecture)
        if files is None or config is None or download.cached_file(*files) is None:
            return False
        tokenizer = config["text_cfg"].get("hf_tokenizer_name")
        return not tokenizer or download.has_tokenizer(tokenizer)

    def size(self) -> int | None:
        """Bytes of the weights, asked of the hub."""
        files = self._files()
        return None if files is None else download.size_on_hub(*files)

    def artifacts(self, wish: Wish) -> Artifacts:
        """As `ModelSource` says."""
        name = self.architecture
        config = tables.architecture_config(name)
        pretrained = tables.pretrained_config(name, self.tag)
        if config is None or pretrained is None:
            raise UnknownModel(self.spec)
        tokenizer, overrides = text_parts(config, wish)
        repo, files = tables.hub_files(pretrained)
        keys = ("mean", "std", "interpolation", "resize_mode", "fill_color", "size")
        return Artifacts(
            title=f"{name} ({self.tag})",
            architecture=name,
            builder=name,
            described="the name",
            config=config,
            weights=download.fetch(repo, files, wish),
            preprocess={key: pretrained[key] for key in keys if key in pretrained},
            quick_gelu=bool(pretrained.get("quick_gelu")),
            tokenizer=tokenizer,
            overrides=overrides,
        )

    def _files(self) -> tuple[str, tuple[str, ...]] | None:
        """Repository and names of the weights; None for an unknown checkpoint."""
        pretrained = tables.pretrained_config(self.architecture, self.tag)
        return None if pretrained is None else tables.hub_files(pretrained)


@dataclass(frozen=True)
class Hub:
    """A repository on the Hugging Face hub. See `ModelSource`."""

    spec: str
    repo: str

    def describe(self) -> ModelEntry:
        """Nothing but its size: its configuration is not here yet."""
        return _entry(self, _UNLISTED)

    def is_cached(self) -> bool:
        """Configuration and weights are in the hub's cache."""
        needed = (CONFIG_FILE,), WEIGHTS_FILES
        return all(download.cached_file(self.repo, names) for names in needed)

    def size(self) -> int | None:
        """Bytes of the weights, asked of the hub."""
        return download.size_on_hub(self.repo, WEIGHTS_FILES)

    def artifacts(self, wish: Wish) -> Artifacts:
        """As `ModelSource` says."""
        config_file = download.fetch(self.repo, (CONFIG_FILE,), wish)
        config = read_config(config_file)
        tokenizer, overrides = text_parts(config, wish)
        return Artifacts(
            title=self.repo,
            architecture=self.repo.split("/")[1],
            builder=f"local-dir:{config_file.parent}",
            described=f"{CONFIG_FILE} in the repository {self.repo}",
            config=config,
            weights=download.fetch(self.repo, WEIGHTS_FILES, wish),
            tokenizer=tokenizer,
            overrides=overrides,
        )


@dataclass(frozen=True)
class LocalFolder:
    """A folder with configuration and weights. See `ModelSource`."""

    spec: str
    path: Path

    def describe(self) -> ModelEntry:
        """Nothing: its configuration is read when it is loaded."""
        return _entry(self, _OWN)

    def is_cached(self) -> bool:
        """It is on this machine, or nowhere."""
        return True

    def size(self) -> int:
        """Nothing is downloaded."""
        return 0

    def artifacts(self, wish: Wish) -> Artifacts:
        """As `ModelSource` says."""
        folder = self.path
        config_file = self._config_file()
        config = read_config(config_file)
        weights = self._weights()
        tokenizer, overrides = local_text_parts(config, folder)
        return Artifacts(
            title=folder.resolve().name,
            architecture=folder.resolve().name,
            builder=f"local-dir:{folder}",
            described=str(config_file),
            config=config,
            weights=weights,
            tokenizer=tokenizer,
            overrides=overrides,
        )

    def _config_file(self) -> Path:
        """Its configuration; WinnowError where there is none."""
        if not self.path.is_dir():
            raise WinnowError(
                f"The model folder {self.path} does not exist: name a folder that holds "
                f"{CONFIG_FILE} and a weights file."
            )
        file = self.path / CONFIG_FILE
        if not file.is_file():
            raise WinnowError(
                f"The model folder {self.path} holds no {CONFIG_FILE}: put it beside the weights, "
                "or use NAME@FILE with an architecture that open_clip knows."
            )
        return file

    def _weights(self) -> Path:
        """Its weights; WinnowError where there are none."""
        files = (self.path / name for name in WEIGHTS_FILES)
        weights = next((file for file in files if file.is_file()), None)
        if weights is None:
            raise WinnowError(
                f"The model folder {self.path} holds no weights: put "
                f"{' or '.join(WEIGHTS_FILES)} there."
            )
        return weights


@dataclass(frozen=True)
class Checkpoint:
    """An architecture of open_clip's and a weights file. See `ModelSource`."""

    spec: str
    architecture: str
    path: Path

    def describe(self) -> ModelEntry | None:
        """Its architecture's facts; None where that is unknown."""
        config = tables.architecture_config(self.architecture)
        return None if config is None else _entry(self, _OWN, config)

    def is_cached(self) -> bool:
        """It is on this machine, or nowhere."""
        return True

    def size(self) -> int:
        """Nothing is downloaded."""
        return 0

    def artifacts(self, wish: Wish) -> Artifacts:
        """As `ModelSource` says."""
        name, path = self.architecture, self.path
        config = tables.architecture_config(name)
        if config is None:
            raise UnknownModel(name)
        if not path.is_file():
            raise WinnowError(f"The checkpoint {path} does not exist: check the path.")
        if path.suffix.lower() not in _SUFFIXES:
            raise WinnowError(
                f"The checkpoint {path} has none of the known endings: use {', '.join(_SUFFIXES)}."
            )
        tokenizer, overrides = local_text_parts(config, path.parent)
        return Artifacts(
            title=f"{name} ({path.name})",
            architecture=name,
            builder=name,
            described="the architecture's name",
            config=config,
            weights=path,
            tokenizer=tokenizer,
            overrides=overrides,
        )


def _entry(
    source: ModelSource, remarks: tuple[str, str], config: dict[str, Any] | None = None
) -> ModelEntry:
    """A source as a picker shows it.

    Args:
        remarks: advice and licence.
        config: open_clip's configuration of the architecture, where it is in the tables.
    """
    cached = source.is_cached()
    return ModelEntry(
        spec=source.spec,
        title=source.spec,
        advice=remarks[0],
        download_bytes=0 if cached else source.size(),
        dim=int(config["embed_dim"]) if config else 0,
        resolution=tables.longest_side(config["vision_cfg"].get("image_size")) if config else 0,
        licence=remarks[1],
        cached=cached,
    )
