# The course's commands. `make help` lists them. Windows has no make: see README.

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
# Handed to pip when torch is installed: an index with CPU builds, or a wheel.
TORCH_INDEX ?=
TORCH_WHEEL ?=
# Chapters for `make notebooks` and `make results`: CHAPTERS="01 03"
CHAPTERS ?=

PIP := $(PY) -m pip --disable-pip-version-check --quiet
LOCK := uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
    --no-header --no-annotate
LEARNER := $(VENV)/.learner-ready
DEVELOPER := $(VENV)/.developer-ready

.DEFAULT_GOAL := help
.PHONY: help lab test lint notebooks results bench doctor torch lock clean

help: ## この一覧を表示します
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: $(LEARNER) ## 環境を用意し（初回のみ数分）、JupyterLab で学習ホームを開きます
	@$(PY) -m eshikaku lab

test: $(DEVELOPER) ## すべてのテスト（lint・型・単体・ノートブック・ブラウザー）
	@$(PY) -m eshikaku test

lint: $(DEVELOPER) ## ruff・mypy・import-linter
	@$(PY) -m eshikaku test lint

notebooks: $(DEVELOPER) ## notebooks/source からノートブックを作ります（CHAPTERS="01" で一部）
	@$(PY) -m eshikaku notebooks $(CHAPTERS)

results: $(DEVELOPER) ## 時間のかかる表を作ります（notebooks/results/）
	@$(PY) -m eshikaku results $(CHAPTERS)

bench: $(DEVELOPER) ## 速さを測り、比を表示します
	@$(PY) -m tests.bench

doctor: $(LEARNER) ## 環境の不足と直し方を表示します
	@$(PY) -m eshikaku doctor

torch: $(LEARNER) ## PyTorch だけを入れ直します（TORCH_INDEX=… / TORCH_WHEEL=…）
	@$(PY) -m eshikaku.workspace.bootstrap --index "$(TORCH_INDEX)" --wheel "$(TORCH_WHEEL)"

lock: ## requirements*.lock を pyproject.toml から作り直します（uv が必要）
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## 作ったもの（.venv とキャッシュ）を消します。work/ と学習記録は残ります
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 以降が必要です。PYTHON=python3.12 のように指定してください。"; exit 1; }
	@echo "環境を作ります（初回のみ）: $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(LEARNER): requirements.lock requirements-torch.lock pyproject.toml | $(PY)
	@echo "パッケージを入れます（初回のみ。数分かかることがあります）。"
	@$(PIP) install --no-deps -r requirements.lock
	@$(PIP) install --no-deps -e .
	@$(PY) -m eshikaku.workspace.bootstrap --index "$(TORCH_INDEX)" --wheel "$(TORCH_WHEEL)"
	@touch $@

$(DEVELOPER): requirements-dev.lock $(LEARNER)
	@echo "開発用のパッケージを入れます（初回のみ）。"
	@$(PIP) install --no-deps -r requirements-dev.lock
	@touch $@
