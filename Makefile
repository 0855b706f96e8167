# 两个命令：make demo（演示）、make test（测试）。每个都会先装好所需的一切，装在 .venv 里。正式使用：make production。
PYTHON ?= python3
BIN := .venv/bin
# 测试有一半时间在等，所以比核数多开一个。
JOBS ?= 3

# 有的机器不让 Python 留下编译结果：每个进程都要重新编译全部代码，启动慢一倍。
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check coverage format install production run soak bench lock clean

demo: install
	$(BIN)/tongxin demo $(ARGS)

test: install
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# 纯规则的部分，只在 SQLite 上、在一个进程里测；下限在 pyproject.toml。
COVERED := tests/statistics tests/outgoing/payloads

coverage: install
	$(BIN)/coverage run -m pytest -q -p no:xdist -k "not postgres" -m "not browser" $(COVERED) $(ARGS)
	$(BIN)/coverage report

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: .venv/installed

.venv/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新（现在是 $$($(PYTHON) --version)）。用 make PYTHON=/路径/python3.11 指定。"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "缺少 venv 模块。Debian/Ubuntu：apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# 正式使用的机器：只有运行要的，按 requirements.lock，逐个核对校验和；没有测试工具。
production: .venv/production

.venv/production: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新（现在是 $$($(PYTHON) --version)）。用 make PYTHON=/路径/python3.11 production 指定。"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "缺少 venv 模块。Debian/Ubuntu：apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: production
	$(BIN)/tongxin migrate
	$(BIN)/tongxin content import
	$(BIN)/tongxin run $(ARGS)

soak: install
	$(BIN)/python -m pytest -m soak -s tests/soak $(ARGS)

bench: install
	for each in webhook web_processes delivery materialise claims routing console; do $(BIN)/python -m benchmarks.$$each || exit 1; done

lock: install
	$(BIN)/uv pip compile pyproject.toml --extra scale --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
