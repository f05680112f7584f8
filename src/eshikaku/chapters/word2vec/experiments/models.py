"""CBOW and skip-gram, softmax and negative sampling: how fast do the analogies come?"""

from dataclasses import replace

from eshikaku.chapters.word2vec import vectors
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training
from eshikaku.models.word2vec_training import Recipe, model

OUTPUTS = {"softmax（全語彙）": "softmax", "ネガティブサンプリング（C部）": "negative"}


def run(settings, curve):
    """Train and measure the analogies every 60 updates."""
    text, seed = vectors.corpus(), settings["seed"]
    recipe = Recipe(
        kind=settings["kind"],
        size=settings["size"],
        epochs=settings["epochs"],
        negatives=settings["negatives"] if settings["output"] == "negative" else 0,
    )
    net = model(recipe, text, seed)
    vectors.train_with_analogies(net, recipe, seed, curve, settings.get("updates"))
    outputs = recipe.negatives + 1 if recipe.negatives else len(text.words)
    return {
        "類推の正解率": curve.last(line="accuracy"),
        "更新回数": curve.done,
        "1回の更新で計算するスコア": recipe.batch * outputs,
        "パラメータ数": net.size,
    }


models = training(
    name="models",
    title="CBOWとskip-gram：同じ文から、どれだけ早く学ぶか",
    controls=(
        Choice("kind", "モデル", "skip-gram", options={k: k for k in ("skip-gram", "CBOW")}),
        Choice("output", "出力", "softmax", options=OUTPUTS),
        Slider("negatives", "負例の数 K（C部）", 5, low=1, high=15, step=1, integer=True),
        Slider("size", "次元 D", 32, low=4, high=64, step=4, integer=True),
        Slider("epochs", "エポック", 3, low=1, high=12, step=1, integer=True),
        replace(SEED, high=4),
    ),
    run=run,
    updates=1,
    what="類推の正解率",
    panels=Curves(
        "首都の類推は何回の更新で解けるか",
        ylabel="類推の正解率",
        line="accuracy",
        percent=True,
        axes={"ylim": (-0.03, 1.03)},
    ),
    look_for=(
        "事実の文で学習しながら、「首都 − 国 + 別の国」で別の首都を答えられた割合を測ります。"
        "答えは494語から1つです。"
    ),
    seen=r"""
3エポックで、skip-gramは約560回更新し、類推の8割ほどを解きます。CBOWは180回の更新で終わり、2〜3割です。
CBOWは**1つの場所から1つの例**を作り、skip-gramは**窓の中の語ごとに1つの例**を作るためです。

CBOWのエポックを10に増やすと、約600回の更新で5割弱まで上がります。同じ更新回数なら、
この文ではskip-gramのほうが上です。

出力をネガティブサンプリングにすると（C部）、同じ更新回数で正解率は下がらず、1回に計算するスコアは
約80分の1です。
""",
    prediction=Prediction.of("word2vec-models", {"kind": "CBOW"}, "low"),
    short={"updates": 60},
    figsize=(7.4, 3.5),
)
