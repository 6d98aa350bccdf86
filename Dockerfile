# syntax=docker/dockerfile:1
# The worker and the HTTP interface in one image: `work` (the default) or `serve`.
# Fonts come with the package, FFmpeg with PyAV; nothing is fetched when it runs. The root may be
# read-only: only DATA_DIR and /tmp are written to.

# Python and Debian's libraries, for every architecture, as published in October 2026. It is the Python
# that the tests run on. The next one: docker buildx imagetools inspect python:3.11-slim-bookworm
ARG BASE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

# ------------------------------------------------------------------------------------- the wheel
# hadolint ignore=DL3006 -- the argument pins it
FROM ${BASE} AS wheel
WORKDIR /build
COPY requirements/build.txt requirements/
RUN python -m venv --without-pip /builder \
    && python -m pip --python /builder/bin/python install --no-cache-dir --require-hashes \
        --only-binary :all: -r requirements/build.txt
COPY LICENSE NOTICE README.md pyproject.toml ./
COPY src src
# The bytes of the wheel depend on these files alone, not on when or where they are packed: it is the
# one that is released.
RUN /builder/bin/python -m hatchling build --target wheel

# ---------------------------------------------------------------------------------- the packages
# hadolint ignore=DL3006
FROM ${BASE} AS packages
WORKDIR /build
COPY requirements/otel.txt requirements/
RUN python -m venv --without-pip /opt/preview-worker \
    && python -m pip --python /opt/preview-worker/bin/python install --no-cache-dir --require-hashes \
        --only-binary :all: -r requirements/otel.txt
COPY --from=wheel /build/dist/*.whl /wheel/
RUN python -m pip --python /opt/preview-worker/bin/python install --no-cache-dir --no-index --no-deps \
        /wheel/*.whl

# --------------------------------------------------------------------------------- the libraries
# Skia is linked against OpenGL. Debian's package would bring Mesa and LLVM, 180 MB that nothing here
# ever calls; so only the files that the loader asks for are taken (not libexpat's twin for wide
# characters), with their licences, and with the records by which scanners find them.
# hadolint ignore=DL3006
FROM ${BASE} AS libraries
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /debian
RUN apt-get update \
    && apt-get download \
        libbsd0 libegl1 libexpat1 libgl1 libglvnd0 libglx0 libmd0 \
        libx11-6 libxau6 libxcb1 libxdmcp6 tini \
    && mkdir -p /taken/usr/bin /taken/usr/local/lib /taken/var/lib/dpkg/status.d \
    && for package in ./*.deb; do \
        name="$(dpkg-deb --field "$package" Package)"; \
        dpkg-deb --extract "$package" extracted; \
        dpkg-deb --field "$package" >"/taken/var/lib/dpkg/status.d/$name"; \
        install -D --mode 644 "extracted/usr/share/doc/$name/copyright" \
            "/taken/usr/share/doc/$name/copyright"; \
    done \
    && find extracted -path '*/lib/*' -name '*.so.*' ! -name 'libexpatw.*' \
        -exec cp --no-dereference {} /taken/usr/local/lib/ ';' \
    && cp extracted/usr/bin/tini /taken/usr/bin/

# ------------------------------------------------------------------------------------- the image
# hadolint ignore=DL3006
FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Mobius preview worker" \
      org.opencontainers.image.description="Renders how-to-play previews from BullMQ jobs" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11-slim-bookworm"
COPY --from=libraries /taken/ /
COPY --from=packages /opt/preview-worker /opt/preview-worker
# No account is needed to run as 1000; it has a name so that a shell in the container shows one.
RUN ldconfig \
    && groupadd --gid 1000 preview-worker \
    && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin \
        preview-worker \
    && install --directory --owner 1000 --group 1000 --mode 750 /data
ENV PATH=/opt/preview-worker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HEALTH_PORT=3000
WORKDIR /data
USER 1000:1000
VOLUME ["/data"]
EXPOSE 3000
# Alive means that the process answers; whether it can work (Redis, disk) is what /readyz tells, and
# an orchestrator that restarted a worker for want of Redis would make an outage worse.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-IS", "-c", "import os, urllib.request as request; request.urlopen('http://127.0.0.1:' + os.environ['HEALTH_PORT'] + '/livez', timeout=4)"]
# Init: it hands signals on, also before Python listens for them, and reaps what ends.
ENTRYPOINT ["/usr/bin/tini", "--", "preview-worker"]
CMD ["work"]
