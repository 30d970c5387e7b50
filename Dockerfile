# One image for the worker, the scheduler and every command.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /venv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt ./
# The pinned build tool first: two libraries are published as source only.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements.txt > build.txt \
 && /venv/bin/pip install --no-deps --require-hashes -r build.txt \
 && /venv/bin/pip install --no-deps --no-build-isolation --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bridge ./bridge
COPY connectors ./connectors
RUN /venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home stockbridge && install -d -o stockbridge /app
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 REMAP_SIGTERM=SIGQUIT
USER stockbridge
WORKDIR /app
CMD ["stockbridge", "--help"]
