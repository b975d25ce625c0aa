# What is done with a checkout. `make demo` and `make test` set up everything themselves.
.PHONY: setup setup-test demo run test test-fast check format docs bench lock

BIN := .venv/bin
# The tests start many short programs: they start twice as fast from compiled files.
unexport PYTHONDONTWRITEBYTECODE

setup:
	@installers/linux/setup.sh demo

setup-test:
	@installers/linux/setup.sh test

demo: setup
	@$(BIN)/companion demo

run: setup
	@$(BIN)/companion run

# What runs in real time runs on two of the workers, before the others (tests/conftest.py); every port and display is
# chosen free.
test: setup-test
	$(BIN)/python -m pytest -n 5 --dist loadfile

test-fast: setup
	$(BIN)/python -m pytest -n 4 -m "not real and not slow" --ignore=tests/real

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Whatever is written from the code: the reference, .env.sample, and the web app's types.
docs: setup
	$(BIN)/python docs/generate.py
	$(BIN)/companion openapi | $(BIN)/python hatch_build.py api

bench: setup-test
	$(BIN)/python -m bench

# Needs uv. evdev is left out: it is only used by a back end of pynput that we do not use, and needs a compiler.
lock:
	echo "evdev; sys_platform == 'never'" | uv pip compile pyproject.toml --extra dev --override - $(LOCK) -o requirements.lock
	uv pip compile bench/requirements.in $(LOCK) -o bench/requirements.lock
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
