# syntax=docker/dockerfile:1
# Winnow's service: model files behind HTTP, on a CPU. For CUDA change the next line's address to
# https://pypi.org/simple, whose PyTorch is built for it, and run with --gpus all.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

FROM python:3.11.14-slim-trixie AS build
ARG TORCH_INDEX
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY .streamlit ./.streamlit
COPY core ./core
COPY pages ./pages
# What only the app and its analyses need is taken out again: it is half of the image.
RUN python -m venv /opt/winnow \
 && /opt/winnow/bin/pip install --extra-index-url "$TORCH_INDEX" -c constraints.txt ".[serve]" \
 && /opt/winnow/bin/pip uninstall --yes altair duckdb faiss-cpu llvmlite numba pandas plotly \
    pyarrow pydeck pynndescent reportlab streamlit umap-learn \
 && find /opt/winnow -name __pycache__ -type d -prune -exec rm -rf {} +

FROM python:3.11.14-slim-trixie
RUN useradd --create-home --uid 10001 winnow
COPY --from=build /opt/winnow /opt/winnow
# Everything that is written goes to /tmp, so that the root file system can be read-only.
ENV PATH=/opt/winnow/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/cache \
    XDG_DATA_HOME=/tmp/data
USER 10001
WORKDIR /models
EXPOSE 8600
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8600/health', timeout=4)"]
ENTRYPOINT ["winnow", "serve", "--address", "0.0.0.0", "--port", "8600"]
CMD ["/models/model.winnow", "--token-file", "/run/secrets/winnow-token"]
