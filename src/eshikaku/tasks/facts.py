"""A small Japanese corpus made of true facts: countries, capitals, currencies, languages, regions.

The names come from Babel (BSD; its data is Unicode CLDR, Unicode licence): countries and regions
by code, the official languages, and the currency in use on `AS_OF`, all in the locale ``ja``.
Which town is the capital, and the region by the geoscheme of the United Nations, are a table of
our own. Countries whose capital is disputed, divided or named as the country are left out.

The sentences are templates filled with one country each. So the regularities that word vectors
find here stand in the text by construction; it is a corpus to see a method work on, no evidence
of what it finds in free text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eshikaku.tasks import texts

AS_OF = datetime.date(2024, 6, 30)
# region (code of CLDR = UN M.49) → country code, capital
_CAPITALS = {
    "030": "JP 東京 CN 北京 KR ソウル MN ウランバートル",
    "035": "TH バンコク VN ハノイ ID ジャカルタ PH マニラ MY クアラルンプール KH プノンペン "
    "LA ビエンチャン MM ネピドー",
    "034": "IN ニューデリー PK イスラマバード BD ダッカ NP カトマンズ BT ティンプー IR テヘラン",
    "143": "KZ アスタナ UZ タシケント KG ビシュケク TM アシガバート",
    "145": "TR アンカラ IQ バグダッド SA リヤド JO アンマン LB ベイルート AE アブダビ QA ドーハ "
    "OM マスカット GE トビリシ AM エレバン AZ バクー SY ダマスカス",
    "154": "GB ロンドン IE ダブリン SE ストックホルム NO オスロ DK コペンハーゲン FI ヘルシンキ "
    "IS レイキャビク EE タリン LV リガ LT ビリニュス",
    "155": "FR パリ DE ベルリン AT ウィーン BE ブリュッセル NL アムステルダム CH ベルン",
    "039": "IT ローマ ES マドリード PT リスボン GR アテネ HR ザグレブ SI リュブリャナ "
    "RS ベオグラード AL ティラナ MT バレッタ",
    "151": "RU モスクワ UA キーウ PL ワルシャワ CZ プラハ SK ブラチスラバ HU ブダペスト "
    "RO ブカレスト BG ソフィア MD キシナウ BY ミンスク",
    "015": "EG カイロ MA ラバト DZ アルジェ TN チュニス LY トリポリ SD ハルツーム",
    "014": "KE ナイロビ ET アディスアベバ UG カンパラ RW キガリ ZM ルサカ "
    "MZ マプト MG アンタナナリボ SO モガディシュ MW リロングウェ",
    "011": "NG アブジャ GH アクラ SN ダカール ML バマコ NE ニアメ LR モンロビア",
    "017": "CM ヤウンデ AO ルアンダ TD ンジャメナ GA リーブルビル",
    "018": "NA ウィントフック BW ハボローネ LS マセル",
    "021": "US ワシントン CA オタワ",
    "013": "MX メキシコシティ CR サンホセ HN テグシガルパ NI マナグア",
    "029": "CU ハバナ JM キングストン HT ポルトープランス DO サントドミンゴ",
    "005": "BR ブラジリア AR ブエノスアイレス PE リマ CO ボゴタ VE カラカス EC キト "
    "UY モンテビデオ PY アスンシオン SR パラマリボ",
    "053": "AU キャンベラ NZ ウェリントン",
    "054": "PG ポートモレスビー FJ スバ",
}

TEMPLATES = (
    "{city} は {country} の 首都 です 。",
    "{country} の 首都 は {city} です 。",
    "{country} で は {language} が 話されて います 。",
    "{city} で は {language} が 話されて います 。",
    "{country} の 通貨 は {currency} です 。",
    "{city} の 店 で {currency} を 払いました 。",
    "{country} は {region} に ある 国 です 。",
    "{city} は {region} に ある 都市 です 。",
    "{day} に 飛行機 で {city} に 着きました 。",
    "{month} に 船 で {country} を 旅 しました 。",
    "{country} へ 行く 前 に {language} を 習いました 。",
    "{city} の 駅 で {language} の 新聞 を 買いました 。",
    "{country} の 首都 {city} で {currency} を 両替 しました 。",
    "{country} を 旅 する とき は 、 首都 の {city} から 始めます 。",
    "{region} の 国 {country} の 人 と {language} で 話しました 。",
    "{month} の {day} に 、 {country} の {city} を 出ました 。",
    "{day} に {city} で 、 {country} の 地図 を 買いました 。",
    "{region} を 回り 、 {month} に {country} の {city} に 着きました 。",
)


@dataclass(frozen=True)
class Country:
    """A country and what is true of it."""

    code: str
    country: str
    city: str
    region: str
    currency: str
    languages: tuple[str, ...]


@lru_cache(maxsize=1)
def countries() -> tuple[Country, ...]:
    """The countries of the table, with their names from Babel."""
    from babel import Locale
    from babel.languages import get_official_languages
    from babel.numbers import get_territory_currencies

    ja = Locale("ja")
    found = []
    for region, line in _CAPITALS.items():
        entries = line.split()
        for code, city in zip(entries[::2], entries[1::2], strict=True):
            currencies = get_territory_currencies(code, AS_OF, AS_OF)
            # Bhutan, Lesotho and Namibia list a neighbour's currency before their own
            currency = next((c for c in currencies if c.startswith(code)), currencies[0])
            # no law names an official language in the United States and the like
            codes = get_official_languages(code) or get_official_languages(code, de_facto=True)
            # "uz_Cyrl" and the like are a second script of a language that is there
            spoken = [_one_word(ja.languages[c]) for c in codes if c in ja.languages]
            found.append(
                Country(
                    code,
                    _one_word(ja.territories[code]),
                    city,
                    _one_word(ja.territories[region]),
                    _one_word(ja.currencies[currency]),
                    tuple(dict.fromkeys(spoken)),
                )
            )
    return tuple(found)


def kinds() -> dict[str, tuple[str, ...]]:
    """The words of each kind: 国, 首都, 言語, 通貨, 地域, 曜日, 月."""
    all_of = countries()
    days, months = _calendar()
    return {
        "国": tuple(c.country for c in all_of),
        "首都": tuple(c.city for c in all_of),
        "言語": tuple(dict.fromkeys(word for c in all_of for word in c.languages)),
        "通貨": tuple(dict.fromkeys(c.currency for c in all_of)),
        "地域": tuple(dict.fromkeys(c.region for c in all_of)),
        "曜日": days,
        "月": months,
    }


def make(rng: np.random.Generator, repeats: int = 4) -> texts.Corpus:
    """Every template for every country `repeats` times, shuffled (about 80 000 words)."""
    return texts.corpus(_sentences(rng, _pairs() * repeats))


def split(
    rng: np.random.Generator, repeats: int = 2, held_out: float = 0.1
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Sentences for training and for test; no template is filled with one country in both."""
    pairs = _pairs()
    order = rng.permutation(len(pairs))
    cut = int(held_out * len(pairs))
    test = [pairs[k] for k in order[:cut]]
    train = [pairs[k] for k in order[cut:]]
    return _sentences(rng, train * repeats), _sentences(rng, test)


def _pairs() -> list[tuple[Country, str]]:
    return [(country, template) for country in countries() for template in TEMPLATES]


def _sentences(
    rng: np.random.Generator, pairs: Sequence[tuple[Country, str]]
) -> list[tuple[str, ...]]:
    days, months = _calendar()
    found = []
    for k in rng.permutation(len(pairs)):
        country, template = pairs[k]
        slots: Mapping[str, str] = {
            "country": country.country,
            "city": country.city,
            "region": country.region,
            "currency": country.currency,
            "language": country.languages[int(rng.integers(len(country.languages)))],
            "day": days[int(rng.integers(len(days)))],
            "month": months[int(rng.integers(len(months)))],
        }
        found.append(tuple(template.format(**slots).split()))
    return found


@lru_cache(maxsize=1)
def _calendar() -> tuple[tuple[str, ...], tuple[str, ...]]:
    from babel import Locale

    ja = Locale("ja")
    days = ja.days["format"]["wide"]
    months = ja.months["format"]["wide"]
    return tuple(days[k] for k in range(7)), tuple(months[k] for k in range(1, 13))


def _one_word(name: str) -> str:
    """「ミャンマー (ビルマ)」→「ミャンマー」、「インド ルピー」→「インドルピー」."""
    return re.sub(r"\(.*\)|\s", "", name)
