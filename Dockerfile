# syntax=docker/dockerfile:1
# One image for migrate, api and worker; the command says which. No test tools, no embedded servers.

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.13-slim AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PROJECT_ENVIRONMENT=/venv \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-default-groups --no-dev --no-install-project

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin orion
COPY --from=build /venv /venv
WORKDIR /app
COPY settings.py logs.py ./
COPY domain ./domain
COPY db ./db
COPY activities ./activities
COPY workflows ./workflows
COPY api ./api
COPY worker ./worker
RUN python -m compileall -q .
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER orion
CMD ["python", "-m", "api"]
