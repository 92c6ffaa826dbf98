# KlipFast: one image with everything but the database.
#
#   docker build -t klipfast .                                          # for a CPU
#   docker build -t klipfast --build-arg TORCH=cuda .                   # for NVIDIA with CUDA 13: 4 GB more
#
# docs/install.md says how to run it. `make test-image` builds it, and clips a talk in it.

# Python comes from Debian, which mends it for years, and with it the base is one that debootstrap
# makes anywhere.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
# cpu, cuda or auto (a builder seldom has a card: then it is cpu). The wheels without CUDA come from
# torch's own index, or from the one that TORCH_CPU_INDEX names, as requirements-cpu.lock knows them.
ARG TORCH=auto
ARG TORCH_CPU_INDEX=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
RUN python3 -m venv /opt/klipfast
COPY requirements.lock requirements-cpu.lock deploy/install_packages.py ./
# What changes seldom comes first: a change of the code below leaves this layer as it is.
RUN TORCH=${TORCH} TORCH_CPU_INDEX=${TORCH_CPU_INDEX} /opt/klipfast/bin/python install_packages.py
COPY setup.cfg setup.py pyproject.toml MANIFEST.in README.md LICENSE NOTICE config.toml ./
COPY sql sql
COPY pipeline pipeline
COPY klipfast_server klipfast_server
COPY client client
RUN /opt/klipfast/bin/pip install --no-deps ./client .
# The weights are a layer: a server that starts needs no network, and all replicas have the same.
# `--build-arg WEIGHTS=none` leaves them out; they are then downloaded into the volume at the start.
ARG WEIGHTS=baked
RUN mkdir -p /opt/weights \
    && if [ "${WEIGHTS}" = baked ]; then \
         XDG_CACHE_HOME=/opt/weights /opt/klipfast/bin/python \
           -c "from pipeline.models import registry; registry.main()"; \
       fi

FROM ${BASE}
# The fonts are a layer, too: captions look the same on every machine. Captions are drawn by the
# processor: of OpenGL only the loaders are used, not Mesa's drivers with LLVM (200 MB).
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 libegl1 libgl1 fontconfig \
         fonts-montserrat fonts-inter fonts-dejavu-core fonts-noto-core fonts-noto-cjk \
         fonts-noto-color-emoji \
    && apt-get clean && rm -rf /var/lib/apt/lists/* \
    && rm -rf /usr/lib/*/libLLVM*.so* /usr/lib/*/libz3.so* /usr/lib/*/libgallium-*.so /usr/lib/*/dri \
    && fc-cache -f
RUN groupadd --gid 10001 klipfast \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin klipfast \
    && install -d -o klipfast -g klipfast -m 0755 /data
COPY LICENSE NOTICE /usr/share/doc/klipfast/
COPY --from=build /opt/klipfast /opt/klipfast
COPY --from=build --chown=klipfast:klipfast /opt/weights /opt/weights
ENV PATH=/opt/klipfast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/opt/weights \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video \
    KLIPFAST_HOST=0.0.0.0 \
    KLIPFAST_DATA_DIR=/data \
    KLIPFAST__SERVER__LOG_FORMAT=json
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# 503 while the weights are loaded, which --start-period leaves out of the count.
HEALTHCHECK --interval=15s --timeout=8s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('KLIPFAST_PORT', '8080') + '/readyz', timeout=7)"]
ENTRYPOINT ["klipfast-server"]
# The supervisor stays: it starts the server again within a second, with the container's state kept.
CMD ["serve"]
