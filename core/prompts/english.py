"""How the name of a class stands in an English sentence: its article, and a noun where it has none.

By spelling and short lists of words. Names of classes are a few words without a sentence around
them, so more grammar has little to go by; what it gets wrong can be corrected in the prompt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# "a uniform", "a used car", "a European car", "a one-way sign", but "an unopened box", "an hour".
_VOWEL_SOUND = re.compile(
    r"(?!eu|ewe|one\b|ones|once\b|uni(?!n|m|d)|us[aeu]|uti|ubiq|ura|ukul)[aeiou]"
    r"|(?:hour|honest|honou?r|heir)",
    re.IGNORECASE,
)
_LATIN = re.compile("[A-Za-z]")
_SPELLED = re.compile(r"[A-Z]{2,}s?(?![A-Za-z])")  # "an MRI scan": its letters are said one by one
_LETTERS_WITH_VOWELS = "AEFHILMNORSX"
_EIGHTS = re.compile(r"(?:8\d*|1[18])(?!\d)")  # eight, eighty, eleven, eighteen

_DETERMINED = re.compile(
    r"(?:an?|the|this|that|these|those|some|any|every|each|all|both|many|several|few|my|your|our|"
    r"his|her|its|their|someone|somebody|something|anything|everything|two|three|four|five|"
    r"six|seven|eight|nine|ten|various|multiple|more|most|\d+)\s+\S",
    re.IGNORECASE,
)
_REST = _words("other others else rest misc miscellaneous various remaining remainder none neither")
_UNKNOWN = _words("unknown unsure unclear uncertain undecided unidentified unclassified")
_LINKED = re.compile(
    r"(?:with|without|out|in|inside|on|at|under|near|behind|above|below|not)\s+\S", re.IGNORECASE
)
_NO = re.compile(r"no\s+(?=\S)", re.IGNORECASE)
_JOINED = re.compile(
    r"\s+(?:of|in|with|without|on|for|at|from|to|by|under|near|behind)\s+|\s*[(,/]"
)

_SINGULAR = _words(
    "bus minibus trolleybus gas lens canvas atlas pancreas christmas rhinoceros triceratops "
    "chaos cosmos asbestos alias bias series species thermos biceps triceps cyclops patas"
)
"""Words that end like plurals and are none, beside those in -ss, -us and -is."""
_PLURAL = _words(
    "men women children people feet teeth mice geese oxen lice dice cattle police bacteria "
    "fungi cacti vermin clothes fries taxis skis bikinis kiwis zucchinis paninis khakis "
    "emojis menus emus gnus tutus haikus bayous caribous"
)
_MASS = _words(
    "milk water juice bread rice pasta cheese butter meat beef pork ham bacon food fruit "
    "seafood flour sugar salt honey coffee tea beer wine whisky vodka oil vinegar cream "
    "yoghurt yogurt kefir chocolate garlic ginger asparagus broccoli spinach lettuce celery "
    "corn wheat barley hay grass moss sand soil mud snow ice rain fog smoke fire lava steam "
    "dust dirt gravel gold silver metal steel copper plastic paper cardboard wood timber "
    "concrete leather wool cotton silk denim linen lace fur foam rubber clothing "
    "footwear outwear outerwear underwear sportswear swimwear knitwear sleepwear headwear "
    "menswear womenswear jewelry jewellery furniture luggage baggage equipment machinery "
    "hardware software stationery cutlery crockery glassware tableware packaging rubbish "
    "garbage trash waste litter debris scrap rust mold mould mildew corrosion traffic art "
    "architecture graffiti music text handwriting vegetation foliage farmland cropland "
    "wildlife poultry livestock plankton coral seaweed news information weather lightning "
    "daylight darkness makeup hair blood skin tennis golf rugby hockey soccer chess yoga "
    "running walking swimming dancing cooking eating sleeping reading writing fishing hiking "
    "climbing surfing skiing skating sailing rowing cycling shopping gardening singing "
    "shaving knitting bowling archery judo karate"
)
"""Words without a plural, and activities: "a photo of milk"."""

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "product",
        _words(
            "packaged unpackaged prepackaged packed unpacked boxed unboxed wrapped unwrapped "
            "bottled canned bagged sealed unsealed opened unopened labeled unlabeled"
        ),
    ),
    (
        "photo",
        _words(
            "blurry blurred unsharp sharp grainy noisy dark bright overexposed underexposed "
            "faded monochrome"
        ),
    ),
    (
        "face",
        _words(
            "happy sad angry surprised disgusted scared fearful afraid neutral smiling frowning"
        ),
    ),
    ("scene", _words("indoor indoors outdoor outdoors urban rural sunny cloudy rainy snowy foggy")),
    ("area", _words("industrial residential commercial agricultural wooded")),
    (
        "object",
        _words(
            "open closed shut empty full broken unbroken new old used clean unclean dirty dry "
            "wet ripe unripe overripe rotten fresh stale raw sick healthy unhealthy normal "
            "abnormal defective faulty intact undamaged whole good bad ok okay usable "
            "unusable big small large tiny tall short long wide narrow round rectangular flat "
            "thin thick soft hard smooth rough shiny matte transparent opaque "
            "colourful colorful black white red blue green yellow purple brown pink grey gray "
            "beige striped plain rusty mouldy moldy cracked edible inedible poisonous "
            "recyclable handmade wooden metallic fragile genuine fake real artificial natural "
            "modern ancient antique valid invalid visible invisible positive negative "
            "absent loose"
        ),
    ),
)
_NOUN_OF = {word: noun for noun, words in _KINDS for word in words}
"""Adjectives that people use as names of classes, and what they speak of."""
_DEGREES = _words("very too so quite rather half semi almost and or nor but only less least most")
_NOUNS_IN_ED = _words(
    "flatbed seabed airbed waterbed seaweed tumbleweed linseed rapeseed birdseed bloodshed "
    "watershed toolshed woodshed cowshed bobsled biped quadruped thoroughbred chickenfeed "
    "newlywed aniseed hotbed sunbed dogsled infrared knotweed ragweed bindweed milkweed "
    "duckweed hundred kindred hatred sacred"
)


@dataclass(frozen=True)
class Phrase:
    """The name of a class in a sentence.

    Attributes:
        text: as it stands there, a noun added where the name is an adjective.
        article: "a", "an", or "" where there is none: before plurals, proper names, what cannot be
            counted, and names that bring their own.
        is_noun: the name needed no other words.
    """

    text: str
    article: str
    is_noun: bool = True

    def __str__(self) -> str:
        return f"{self.article} {self.text}".lstrip()


def phrase(name: str) -> Phrase:
    """How a name stands in a sentence; underscores are spaces."""
    words = " ".join(name.replace("_", " ").split())
    plain = words.lower()
    if not words or _DETERMINED.match(words):
        return Phrase(words, "")
    if plain in _REST or plain.startswith("none of "):
        return Phrase("something else", "", False)
    if plain in _UNKNOWN or plain == "not sure":
        return Phrase("something unknown", "", False)
    if _LINKED.match(words):
        return Phrase(f"something {words}", "", False)
    if _NO.match(words):
        return Phrase(f"something without {phrase(_NO.sub('', words, count=1))}", "", False)
    if noun := _missing_noun(words):
        text = f"{words.lower()} {noun}"
        return Phrase(text, article(text), False)
    bare = _is_proper(words) or not _is_one(_JOINED.split(words, maxsplit=1)[0])
    bare = bare or (
        not _LATIN.search(unicodedata.normalize("NFD", words)) and not words[0].isascii()
    )
    return Phrase(words, "" if bare else article(words))


def article(words: str) -> str:
    """ "a" or "an", as it is said before ``words``."""
    words = unicodedata.normalize("NFD", words)  # "Äpfel" begins with an A
    if match := _SPELLED.match(words):
        return "an" if match[0][0] in _LETTERS_WITH_VOWELS else "a"
    if len(words.split()[0]) == 1 and words[0].isalpha():  # the letter itself
        return "an" if words[0].upper() in _LETTERS_WITH_VOWELS else "a"
    return "an" if _VOWEL_SOUND.match(words) or _EIGHTS.match(words) else "a"


def _missing_noun(words: str) -> str | None:
    """What an adjective speaks of; None for anything else."""
    *before, last = words.split()
    # "very dark", "black and white", but not "traffic light" or "African grey".
    if not all(_leads_to_adjective(word.lower()) for word in before):
        return None
    if noun := _NOUN_OF.get(last.lower().replace("elled", "eled")):  # British spelling
        return noun
    participle = len(last) > 5 and last.endswith("ed") and last.isalpha() and last.islower()
    return (
        "object" if participle and not last.endswith("eed") and last not in _NOUNS_IN_ED else None
    )


def _leads_to_adjective(word: str) -> bool:
    degree = word in _DEGREES or (len(word) > 4 and word.endswith("ly"))
    return degree or word in _NOUN_OF


def _is_proper(words: str) -> bool:
    """Whether it reads as somebody's or something's own name: "Oat Milk", "Coca-Cola"."""
    parts = re.split(r"[\s\-]+", words)
    written = [part for part in parts if part[:1].isalpha()]
    return len(written) > 1 and all(part[0].isupper() and not part.isupper() for part in written)


def _is_one(head: str) -> bool:
    """Whether the last word of a head is one thing that can be counted."""
    words = re.split(r"[\s\-]+", head.strip().lower())
    last = words[-1]
    if last in _MASS or last in _PLURAL:
        return False
    if "and" in words and words[words.index("and") - 1] in _MASS:  # "salt and pepper"
        return False
    return last in _SINGULAR or not _ends_as_plural(last)


def _ends_as_plural(word: str) -> bool:
    if len(word) < 4 or not word.endswith("s"):
        return False
    return not word.endswith(("ss", "us", "is", "'s"))
