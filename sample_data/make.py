"""Makes the sample collection from the stamps of Tux Paint.

    python sample_data/make.py                    # downloads the Debian package, then builds
    python sample_data/make.py --stamps /usr/share/tuxpaint/stamps

Needs Pillow, `rsvg-convert` (Debian: librsvg2-bin) for the drawings that exist only as SVG and,
without --stamps, Debian's `apt-get` and `dpkg-deb`. The result is the same on every run with the
same package and the same versions of Pillow and librsvg. It writes images/, truth.csv and
captions.csv beside this file and prints the counts per class that README.md states; prompts.yaml
and README.md are written by hand.
"""

import argparse
import csv
import io
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PIL import Image

PACKAGE = "tuxpaint-stamps-default"
VERSION = "2022.06.04-1"
SIDE = 256  # pixels
FILLED = 0.9  # share of the side that the stamp takes; the rest is margin
JPEG_QUALITY = 88

# Class → folders and single stamps (without suffix), relative to the folder of stamps. The class
# is what the picture shows, so a few stamps come from another folder than their class's own.
CLASSES: dict[str, tuple[str, ...]] = {
    "animal": ("animals",),
    "building": (
        "town/houses",
        "town/cartoon/gate",
        "town/cartoon/watch_tower",
        "town/monuments/cartoon/eiffel_tower",
        "town/monuments/cartoon/pyramid",
    ),
    "clothing": (
        "clothes",
        "seasonal/christmas/elfhat",
        "seasonal/christmas/santahat",
        "seasonal/christmas/santahat2",
    ),
    "food": (
        "food",
        "seasonal/christmas/Candy_cane_photo_1",
        "seasonal/christmas/Christmas_pudding",
        "seasonal/christmas/Mince_Pie",
        "seasonal/christmas/Roast_turkey",
    ),
    "household": ("household",),
    "musical instrument": ("hobbies/music",),
    "plant": ("plants", "seasonal/clover"),
    "space": ("space",),
    "sports": ("sports",),
    "vehicle": (
        "vehicles",
        "military/vehicles/bradley",
        "military/vehicles/f22_raptor",
        "military/vehicles/infantry-stryker",
        "military/vehicles/mustang",
        "military/vehicles/ww2_german_gun",
    ),
}

# Why → stamps below the folders above that stay out.
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "shows something else than its folder says": (
        "animals/insects/cartoon/spider_computer",
        "animals/insects/cartoon/wings",
        "animals/mammals/bears/cartoon/teddy_bear",
        "animals/mammals/bears/toys/edward_bear",
        "animals/mammals/cats/cartoon/lion",
        "animals/shellfish/abalone",
        "animals/shellfish/murray-mussel",
        "clothes/armor/cartoon/knight_helmet",
        "clothes/button",
        "clothes/clotheshanger",
        "clothes/clothespin_new",
        "clothes/clothespin_old",
        "clothes/glasses1",
        "clothes/glasses2",
        "clothes/hats/crown1",
        "clothes/hats/crown2",
        "clothes/red_handbag",
        "clothes/sunglasses_01",
        "clothes/sunglasses_02",
        "household/globe",
        "household/rubberduck",
        "household/tools/cementmixer",
        "plants/flowers/plastic/chuvanna_plastic_poo",
        "plants/mushrooms/cep",
        "plants/mushrooms/cep-1",
        "plants/mushrooms/cep-2",
        "plants/toadstool",
        "plants/trees/rambutan",
        "town/houses/cartoon/cave_entrance",
        "town/houses/cartoon/circus",
        "town/houses/cartoon/medieval_tent",
        "town/houses/cartoon/tent",
        "town/houses/cartoon/tepee",
        "vehicles/7spoke256",
        "vehicles/bikewheel",
        "vehicles/locomotive/cartoon/trainSign",
        "vehicles/tyre_with_rim",
        "vehicles/wheel_tractor",
    ),
    "belongs to no household more than to a desk or a bag": (
        "household/electronics/DSLR_Camera",
        "household/electronics/calculator",
        "household/electronics/camera",
        "household/electronics/compact_disc",
        "household/electronics/digitalcamera",
        "household/electronics/mobile",
        "household/electronics/mouse",
    ),
    "is a mask for colouring and shows nothing by itself": (
        "vehicles/emergency/sedan_police",
        "vehicles/emergency/sedan_police_mirror",
    ),
    "is a drawing of what is there as a photo too": (
        "food/fruit/cartoon/apple",
        "food/fruit/cartoon/banana",
        "food/fruit/cartoon/cherries",
        "food/fruit/cartoon/grapes",
        "food/fruit/cartoon/lemon",
        "food/fruit/cartoon/lemon_slice",
        "food/fruit/cartoon/orange",
        "food/fruit/cartoon/peach",
        "food/fruit/cartoon/pear",
        "food/fruit/cartoon/pineapple",
        "food/fruit/cartoon/raspberry",
        "food/fruit/cartoon/strawberry",
        "vehicles/emergency/cartoon/fire_engine",
        "vehicles/flight/planes/cartoon/plane",
    ),
    "repeats another stamp": (
        "animals/birds/cartoon/penguin_with_spider",
        "animals/insects/bee",
        "animals/insects/cartoon/fly",
        "animals/insects/cartoon/ladybug-2",
        "animals/insects/cartoon/snail2",
        "animals/insects/cartoon/spider_fly",
        "animals/insects/cartoon/spider_football",
        "animals/mammals/bovines/gnu-baby",
        "animals/mammals/bovines/gnu-sitting",
        "animals/mammals/pig_golden2",
        "animals/marsupials/cartoon/kangaroo-silo",
        "clothes/bluejeans2",
        "food/fruit/cartoon/apple_core_01",
        "food/fruit/cartoon/cherries2",
        "household/arttools/biro",
        "household/arttools/pencil2",
        "household/arttools/scissors_small_closed",
        "household/dishes/cartoon/fork",
        "household/dishes/cartoon/spoon",
        "household/dishes/expresso",
        "household/padlock_open",
        "household/recyclingbox2",
        "household/tools/hammer2",
        "household/tools/measuring_tape_mirror",
        "household/trash_can",
        "vehicles/construction/dumper_mirror",
        "vehicles/iso_fireengine",
        "vehicles/iso_lorry2",
        "vehicles/iso_lorry4",
        "vehicles/locomotive/cartoon/tender_mirror",
        "vehicles/ship/cartoon/tugboat_mirror",
    ),
}


@dataclass(frozen=True)
class Stamp:
    """One stamp of the selection and the name of its copy (without folder and suffix)."""

    source: Path
    label: str
    name: str


class MakeError(Exception):
    """Something the person who runs this can put right; the message says what."""


def select(
    stamps: Path,
    classes: Mapping[str, Iterable[str]] = CLASSES,
    left_out: Mapping[str, Iterable[str]] = LEFT_OUT,
) -> list[Stamp]:
    """The stamps to take, sorted by path. A PNG is preferred to an SVG of the same name.

    Copies keep the stamp's own name; a second stamp of one name becomes name-2. Raises `MakeError`
    if a folder or stamp named above does not exist, which means another version of the package.
    """
    if not stamps.is_dir():
        raise MakeError(f"{stamps} is no folder; name the folder that holds animals/, food/, …")
    pictures: dict[str, Path] = {}
    for path in sorted(stamps.rglob("*"), key=lambda path: path.relative_to(stamps).as_posix()):
        if path.suffix in (".png", ".svg"):
            pictures.setdefault(path.relative_to(stamps).with_suffix("").as_posix(), path)
    dropped = {stamp for group in left_out.values() for stamp in group}
    missing = sorted(dropped - set(pictures))
    labels: dict[str, str] = {}
    for label, places in classes.items():
        for place in places:
            found = [key for key in pictures if key == place or key.startswith(place + "/")]
            missing += [] if found else [place]
            labels.update((key, label) for key in found if key not in dropped)
    if missing:
        raise MakeError(f"not among the stamps in {stamps}: {', '.join(missing)}")
    used: set[str] = set()
    selection = []
    for key in sorted(labels):
        stem = key.rpartition("/")[2]
        candidates = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
        name = next(name for name in candidates if name.lower() not in used)
        used.add(name.lower())
        selection.append(Stamp(pictures[key], labels[key], name))
    return selection


def picture(source: Path) -> Image.Image:
    """The stamp in the middle of a white square, RGB, at most SIDE pixels wide, never enlarged.

    A square, because encoders cut the middle out of a picture and would lose the ends of a train
    or a violin, and the screen shows squares.
    """
    with Image.open(_rendered(source) if source.suffix == ".svg" else source) as opened:
        stamp = opened.convert("RGBA")
    white = Image.new("RGB", stamp.size, (255, 255, 255))
    white.paste(stamp, mask=stamp.getchannel("A"))
    longest = round(SIDE * FILLED)
    white.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    side = round(max(white.size) / FILLED)
    square = Image.new("RGB", (side, side), (255, 255, 255))
    square.paste(white, ((side - white.width) // 2, (side - white.height) // 2))
    return square


def _rendered(source: Path) -> io.BytesIO:
    side = str(4 * SIDE)  # drawn large and made smaller, for smooth edges
    command = ["rsvg-convert", "--keep-aspect-ratio", "--width", side, "--height", side]
    done = subprocess.run([*command, str(source)], capture_output=True, check=False)
    if done.returncode != 0:
        raise MakeError(f"rsvg-convert failed on {source}: {done.stderr.decode().strip()}")
    return io.BytesIO(done.stdout)


def caption(source: Path) -> str:
    """The English description: the first line of the text file beside the stamp."""
    lines = source.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return " ".join(lines[0].split())


def build(selection: Iterable[Stamp], out: Path) -> Counter[str]:
    """Writes images/, truth.csv and captions.csv below `out`; returns the counts per class."""
    images = out / "images"
    if images.exists():
        shutil.rmtree(images)
    images.mkdir(parents=True)
    truth, captions = [], []
    for stamp in sorted(selection, key=lambda stamp: stamp.name.lower()):
        path = f"images/{stamp.name}.jpg"
        picture(stamp.source).save(out / path, "JPEG", quality=JPEG_QUALITY, optimize=True)
        truth.append((path, stamp.label))
        captions.append((path, caption(stamp.source)))
    _write_csv(out / "truth.csv", ("path", "label"), truth)
    _write_csv(out / "captions.csv", ("path", "caption"), captions)
    return Counter(label for _, label in truth)


def _write_csv(path: Path, header: tuple[str, str], rows: Iterable[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def download(folder: Path) -> Path:
    """Fetches and unpacks the Debian package below `folder`; returns the folder of stamps."""
    for command in (
        ["apt-get", "download", f"{PACKAGE}={VERSION}"],
        ["dpkg-deb", "-x", f"{PACKAGE}_{VERSION}_all.deb", "unpacked"],
    ):
        try:
            subprocess.run(command, cwd=folder, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise MakeError(
                f"{command[0]} failed ({error}); unpack {PACKAGE} {VERSION} yourself and name its "
                "usr/share/tuxpaint/stamps with --stamps"
            ) from error
    return folder / "unpacked/usr/share/tuxpaint/stamps"


def main(arguments: list[str] | None = None) -> int:
    """Runs the whole job; returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes Winnow's sample collection.")
    parser.add_argument("--stamps", type=Path, help="an unpacked folder of Tux Paint's stamps")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args(arguments)
    if shutil.which("rsvg-convert") is None:
        print("rsvg-convert is missing; install librsvg2-bin", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            stamps = options.stamps or download(Path(folder))
            counts = build(select(stamps), options.out)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 2
    for label, number in sorted(counts.items()):
        print(f"| {label} | {number} |")
    print(f"{sum(counts.values())} images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
