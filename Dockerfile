# The relay with the page in it. See docs/relay.md.
FROM rust:1.95-slim-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential ca-certificates curl pkg-config
WORKDIR /vireo
COPY . .
RUN cargo xtask dist && cargo build --release --locked --package vireo-relay

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /data vireo
COPY --from=build /vireo/target/release/vireo-relay /usr/local/bin/
COPY --from=build /vireo/dist /usr/local/share/vireo
USER vireo
VOLUME /data
ENV VIREO_LISTEN=0.0.0.0:8080 VIREO_DATA_DIR=/data VIREO_STATIC=/usr/local/share/vireo VIREO_LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/vireo-relay"]
