# Every verb a person needs; `make up` and `make test` set up what they need by themselves.
PY := .venv/bin/python
ARGS ?=

help:           ## this list
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 16

up: setup       ## the whole network on this machine, with a demo broadcaster
	.venv/bin/manycast up --demo $(ARGS)

setup:          ## virtual environment, locked dependencies, pages built
	@tools/setup run

setup-test:     ## the same and what the tests need: linters, Chromium, ffmpeg 5.1, GStreamer
	@tools/setup test

test: check     ## every gate and every test; ARGS="tests/origin -x" for some of them
ifeq ($(ARGS),)
	$(PY) -m pytest -q -m "not e2e" -n auto
	$(PY) -m pytest -m e2e
else
	$(PY) -m pytest $(ARGS)
endif

check: setup-test  ## every gate
	.venv/bin/ruff format --check src tests tools bench
	.venv/bin/ruff check src tests tools bench
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q tests/test_tidy.py
	PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix player run --silent check
	PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix dashboard run --silent check

fmt:            ## format, and fix what can be fixed safely
	.venv/bin/ruff format src tests tools bench
	.venv/bin/ruff check --fix src tests tools bench

pages: setup    ## build the pages again after a change in player/ or dashboard/
	@tools/setup pages

generated: setup-test  ## what is made from the code: references, openapi.json, the dashboard's types
	PYTHONPATH=. $(PY) tools/reference.py
	PYTHONPATH=. $(PY) tools/openapi.py
	PATH="$(CURDIR)/.venv/bin:$$PATH" tools/api-types

dashboard: setup-test  ## work on the dashboard: rebuilt as you type, with made-up data; MANYCAST_CONTROL=http://localhost:8080 for real data
	PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix dashboard run --silent dev

lock:           ## pin every dependency again (needs uv)
	tools/lock

clean:          ## remove everything that setup made
	rm -rf .venv player/node_modules dashboard/node_modules tests/node/node_modules src/manycast/runtime/pages/static src/manycast/api/static

.PHONY: help up setup setup-test test check fmt pages generated dashboard lock clean
