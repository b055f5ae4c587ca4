"""The encoders on offer, and the way to load one by what the user typed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.encoders import download
from core.encoders.base import STARTER, Cancelled, DownloadProgress, Encoder, Progress
from core.encoders.names import Checkpoint, Hub, LocalFolder, Starter, Tag, parse
from core.runtime.errors import WinnowError

__all__ = [
    "DownloadProgress",
    "ModelEntry",
    "describe",
    "download_size",
    "is_cached",
    "known_identity",
    "list_models",
    "load_encoder",
]


@dataclass(frozen=True)
class ModelEntry:
    """A model as a list or a picker shows it.

    Attributes:
        spec: what to type.
        title: short human name.
        advice: one line: when to choose it.
        download_bytes: about what loading it fetches when it is not cached; None: not known.
        dim: length of its vectors; 0: not known before it is loaded.
        resolution: side of its input in pixels; 0: not known before it is loaded.
        licence: of the weights.
        cached: loading it needs no network.
    """

    spec: str
    title: str
    advice: str
    download_bytes: int | None
    dim: int
    resolution: int
    licence: str
    cached: bool = False


@dataclass(frozen=True)
class _Listed:
    """A recommended model with where it lies, so that listing needs neither PyTorch nor a hub."""

    entry: ModelEntry
    repo: str
    tokenizer: str | None = None


_STARTER = ModelEntry(
    STARTER,
    "Starter (offline)",
    "Installed with Winnow, no download: for the first look, and where there is no network.",
    0,
    896,
    224,
    "Apache-2.0 (images), MIT (text)",
    True,
)

# Sizes: the float32 parameters of each architecture, plus the tokenizer's files where it has them.
_RECOMMENDED = (
    _Listed(
        ModelEntry(
            "MobileCLIP2-S0/dfndr2b",
            "MobileCLIP2-S0",
            "Smallest and fastest on a CPU; its licence allows research only.",
            299_000_000,
            512,
            256,
            "Apple ML Research Model (research only)",
        ),
        "timm/MobileCLIP2-S0-OpenCLIP",
    ),
    _Listed(
        ModelEntry(
            "ViT-B-32/laion2b_s34b_b79k",
            "ViT-B-32",
            "The usual first choice: quick on a GPU, bearable on a CPU.",
            605_000_000,
            512,
            224,
            "MIT",
        ),
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ),
    _Listed(
        ModelEntry(
            "ViT-B-16-SigLIP2/webli",
            "ViT-B-16 SigLIP2",
            "Understands many languages and finer detail; about four times the work of ViT-B-32.",
            1_535_000_000,
            768,
            224,
            "Apache-2.0",
        ),
        "timm/ViT-B-16-SigLIP2",
        tokenizer="timm/ViT-B-16-SigLIP2",
    ),
    _Listed(
        ModelEntry(
            "ViT-L-14/datacomp_xl_s13b_b90k",
            "ViT-L-14",
            "Clearly more accurate; wants a GPU.",
            1_711_000_000,
            768,
            224,
            "MIT",
        ),
        "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
    ),
    _Listed(
        ModelEntry(
            "ViT-H-14/laion2b_s32b_b79k",
            "ViT-H-14",
            "Large, for hard classes; wants a GPU with 8 GB.",
            3_945_000_000,
            1024,
            224,
            "MIT",
        ),
        "laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    ),
)


def list_models() -> list[ModelEntry]:
    """The starter, then the recommended models. Imports no PyTorch and makes no request."""
    return [_STARTER, *(_with_cached(listed) for listed in _RECOMMENDED)]


def describe(spec: str) -> ModelEntry | None:
    """What is known of any model before loading it; None when there is no such name.

    Makes a request only for the size of a model that is neither listed nor cached.
    """
    listed = next((entry for entry in list_models() if entry.spec == spec.strip()), None)
    if listed is not None:
        return listed
    try:
        source = parse(spec)
        cached = is_cached(spec)
        size = 0 if cached else download_size(spec)
    except WinnowError:
        return None
    dim = resolution = 0
    licence, advice = "see its model card", "Not on Winnow's list: check its licence yourself."
    if isinstance(source, Tag | Checkpoint):
        config = _built_in(source.architecture)
        if config is None:
            return None
        dim, resolution = int(config["embed_dim"]), _side(config["vision_cfg"].get("image_size"))
    if isinstance(source, LocalFolder | Checkpoint):
        licence, advice = "your own", "A checkpoint on this machine."
    return ModelEntry(spec, spec, advice, size, dim, resolution, licence, cached)


def is_cached(spec: str) -> bool:
    """Whether loading ``spec`` needs no network. Makes no request.

    Raises:
        WinnowError: unknown name.
    """
    listed = _listed(spec)
    if listed is not None:
        return _with_cached(listed).cached
    source = parse(spec)
    match source:
        case Starter() | LocalFolder() | Checkpoint():
            return True
        case Hub(repo):
            needed = (download.CONFIG_FILE,), download.WEIGHTS_FILES
            return all(download.cached_file(repo, names) for names in needed)
        case Tag(architecture, _):
            found = _hub_files(source)
            config = _built_in(architecture)
            if found is None or config is None:
                return False
            tokenizer = config["text_cfg"].get("hf_tokenizer_name")
            has_weights = download.cached_file(*found) is not None
            return has_weights and (not tokenizer or download.has_tokenizer(tokenizer))


def download_size(spec: str) -> int | None:
    """About how many bytes loading ``spec`` fetches when nothing of it is cached.

    For models that are not listed the hub is asked; None when it cannot be.

    Raises:
        WinnowError: unknown name.
    """
    listed = _listed(spec)
    if listed is not None:
        return listed.entry.download_bytes
    source = parse(spec)
    match source:
        case Starter() | LocalFolder() | Checkpoint():
            return 0
        case Hub(repo):
            return download.size_on_hub(repo)
        case Tag():
            found = _hub_files(source)
            return None if found is None else download.size_on_hub(*found)


def known_identity(spec: str) -> str | None:
    """The identity that loading ``spec`` would give, where that is known without loading it.

    Only the starter's weights are fixed by this code; of any other name the files may have changed
    since they were last read, so None.
    """
    if spec.strip() != STARTER:
        return None
    from core.encoders.starter.identity import identity

    return identity()


def load_encoder(
    spec: str,
    device: str = "auto",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Encoder:
    """Load an encoder, downloading it first where it is neither local nor cached.

    Args:
        spec: see `core.encoders.names`.
        device: "auto", "cpu" or "cuda".
        progress: called with `DownloadProgress` while files are fetched.
        cancelled: asked between blocks whether to stop.

    Raises:
        WinnowError: unknown name, download failed, files missing, damaged or unsafe, device absent.
        DownloadCancelled: asked to stop.
    """
    source = parse(spec)
    if isinstance(source, Starter):
        from core.encoders.starter.encoder import StarterEncoder

        return StarterEncoder(device)
    from core.encoders import openclip

    return openclip.load(spec.strip(), source, device, progress, cancelled)


def _listed(spec: str) -> _Listed | None:
    return next((listed for listed in _RECOMMENDED if listed.entry.spec == spec.strip()), None)


def _with_cached(listed: _Listed) -> ModelEntry:
    weights = download.cached_file(listed.repo, download.WEIGHTS_FILES) is not None
    tokenizer = listed.tokenizer is None or download.has_tokenizer(listed.tokenizer)
    return replace(listed.entry, cached=weights and tokenizer)


def _hub_files(source: Tag) -> tuple[str, tuple[str, ...]] | None:
    from core.encoders import torchvision_compat

    torchvision_compat.prepare()
    from open_clip.pretrained import get_pretrained_cfg

    from core.encoders.sources import hub_files

    pretrained = get_pretrained_cfg(source.architecture, source.tag)
    return hub_files(pretrained) if pretrained else None


def _built_in(architecture: str) -> dict | None:
    from core.encoders import torchvision_compat

    torchvision_compat.prepare()
    import open_clip

    config: dict | None = open_clip.get_model_config(architecture)
    return config


def _side(size: object) -> int:
    if isinstance(size, list | tuple):
        size = max(size)
    return size if isinstance(size, int) else 0
