"""Names in the code pages of the world are read as they were meant, or it is said to be unsure."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.images.unpacking.code_pages import CODE_PAGES, Reading, codec_of, read_names
from core.runtime.errors import WinnowError

_RUSSIAN = "Фото кошка собака товары картинки папка поездка Москва еда одежда стул ЗИМА Лето день"
_WEST = (
    "Größe café Müller Straße Übersicht niño élève crème naïve Ångström smørrebrød façade über Köln"
)
_CENTRAL = "źródło książka zdjęcie łódź příroda kočka dům stůl židle česká škola Przykład święto"
_GREEK = "φωτογραφία γάτα σκύλος προϊόν εικόνα φάκελος ταξίδι Αθήνα φαγητό ρούχα καρέκλα"
WORDS = {
    "cp932": "写真 商品表 能力 猫 犬 ソファ テーブル 椅子 東京 "
    "十字架 構造図 予算案 貼り紙 ポスター 画像 表示 ミ",
    "cp950": "成功 許可 貓 狗 商品 照片 圖片 新增資料夾 旅行 "
    "台北 食物 衣服 功能表 淚珠 珮 畢業典禮 複製",
    "gb18030": "照片 猫 狗 商品 图片 新建文件夹 旅行 北京 食物 "
    "衣服 椅子 电脑 苹果 眼泪 副本 微信图片 包装",
    "cp949": "사진 고양이 강아지 상품 그림 새폴더 여행 서울 음식 "
    "옷 의자 책상 컴퓨터 사과 가족 복사본 포장",
    "cp1251": _RUSSIAN, "cp866": _RUSSIAN, "koi8-r": _RUSSIAN,
    "cp1252": _WEST, "cp850": _WEST, "cp1250": _CENTRAL, "cp852": _CENTRAL,
    "cp1253": _GREEK, "cp737": _GREEK,
    "cp1254": "fotoğraf köpek ürün klasör görüntü çiçek ağaç şehir ışık güneş",
    "cp1255": "תמונה חתול כלב מוצר תיקייה חדשה טיול ירושלים אוכל בגדים",
    "cp1256": "صورة قطة كلب منتج مجلد جديد رحلة القاهرة طعام ملابس",
    "cp874": "รูปภาพ แมว สุนัข สินค้า โฟลเดอร์ใหม่ กรุงเทพ อาหาร",
}  # fmt: skip
MAIN = ("cp932", "cp950", "gb18030", "cp949", "cp1251", "cp866", "koi8-r", "cp1252", "cp850")
TAILS = (".jpg", "/1.jpg", "_2.png", " 3.jpg")


def folder_of(codec: str, count: int, chance: random.Random) -> list[str]:
    words = WORDS[codec].split()
    return [chance.choice(words) + chance.choice(TAILS) for _ in range(count)]


@pytest.mark.parametrize("codec", WORDS)
def test_a_folder_of_names_is_read_as_it_was_meant(codec: str) -> None:
    names = [word + TAILS[n % 4] for n, word in enumerate(WORDS[codec].split())]
    reading = read_names(name.encode(codec) for name in names)
    assert [reading.text(name.encode(codec)) for name in names] == names
    assert reading.sure and reading.codec == codec
    assert reading.examples(3) == [name for name in names if not name.isascii()][:3]


@pytest.mark.parametrize("codec", MAIN)
def test_a_few_names_are_right_or_said_to_be_unsure(codec: str) -> None:
    chance = random.Random(0)
    right = wrong = 0
    for _ in range(200):
        names = folder_of(codec, chance.choice((1, 2, 3, 5)), chance)
        reading = read_names(name.encode(codec) for name in names)
        as_meant = [reading.text(name.encode(codec)) for name in names] == names
        right += as_meant
        wrong += not as_meant and reading.sure
    assert wrong <= 2
    assert right >= 150


def test_utf8_is_utf8_whoever_wrote_it() -> None:
    names = ["ü.jpg", "写真.jpg", "Фото.jpg", "e\u0301.jpg", "😀.jpg"]
    assert read_names(name.encode() for name in names).codec == "utf-8"
    assert read_names([]) == Reading() == read_names([b"plain.jpg"])


def test_names_of_two_programs_in_one_archive() -> None:
    names = {
        "写真の商品.jpg": "utf-8",
        "ソファ.jpg": "cp932",
        "能力.jpg": "cp932",
        "表示.jpg": "cp932",
    }
    reading = read_names(name.encode(codec) for name, codec in names.items())
    assert [reading.text(name.encode(codec)) for name, codec in names.items()] == list(names)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=30), max_size=8))
def test_any_bytes_get_a_reading_and_every_name_a_text(names: list[bytes]) -> None:
    reading = read_names(names)
    assert reading.codec in {"utf-8", *(page.codec for page in CODE_PAGES)}
    for raw in names:
        assert reading.text(raw)
        assert not raw.isascii() or reading.text(raw) == raw.decode()


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("Shift-JIS", "cp932"), ("shift_jis", "cp932"), ("SJIS", "cp932"), ("Big5", "cp950"),
        ("GBK", "gb18030"), ("gb2312", "gb18030"), ("EUC-KR", "cp949"), ("cp1252", "cp1252"),
        ("KOI8-R", "koi8-r"), ("mac_roman", "mac-roman"), (" UTF-8 ", "utf-8"), ("866", "cp866"),
    ],
)  # fmt: skip
def test_encodings_are_known_by_the_names_that_people_use(name: str, codec: str) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize("name", ["", "klingon", "hex", "base64", "rot13", "\0", "zip", "x" * 500])
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(WinnowError, match="no encoding of names"):
        codec_of(name)
