# One image for Dagster's UI, daemon and code. Which of them a container is says its command.
#
#   docker build --build-arg PROFILE=aws -t lakehouse:0.1.0 .
#
# PROFILE is a folder of resources/deploy: postgres, aws or azure. Bases are named by version; pin them by digest where
# your registry mirrors them.

FROM python:3.12.12-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/lakehouse
COPY pyproject.toml setup.py README.md LICENSE ./
COPY locked/platform.txt locked/
COPY lakehouse_assets lakehouse_assets
COPY resources resources
COPY sensors sensors
RUN /opt/lakehouse/bin/python -m pip install --no-deps --require-hashes -r locked/platform.txt \
 && /opt/lakehouse/bin/python -m pip install --no-deps --no-build-isolation .

FROM python:3.12.12-slim-bookworm
ARG PROFILE=postgres
LABEL org.opencontainers.image.title="lakehouse" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 lakehouse \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin lakehouse
COPY --from=build /opt/lakehouse /opt/lakehouse
COPY resources/deploy/${PROFILE}/dagster.yaml resources/deploy/workspace.yaml resources/deploy/alerts.toml /app/deploy/
# Nothing else is written, so that the rest may be read-only.
RUN install --directory --owner=10001 --group=10001 /app/deploy/storage
VOLUME ["/tmp", "/app/deploy/storage"]
ENV PATH=/opt/lakehouse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/app/deploy \
    LAKEHOUSE_HOME=/tmp/lakehouse \
    LAKEHOUSE_ALERTS=/app/deploy/alerts.toml
# By which a release is known: `make image` passes the commit.
ARG LAKEHOUSE_CODE_VERSION
ENV LAKEHOUSE_CODE_VERSION=$LAKEHOUSE_CODE_VERSION
WORKDIR /tmp
USER 10001:10001
EXPOSE 3000 4000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["dagster", "api", "grpc-health-check", "--port", "4000"]
CMD ["dagster", "code-server", "start", "--host", "0.0.0.0", "--port", "4000", "--module-name", "lakehouse_assets.definitions"]
