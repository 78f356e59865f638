# The Node layer that all four sidecars share, taken from a public Node image. Where no registry is reachable
# `npm run images` puts the same files together from npm's Node and the libraries of a Debian host.
ARG NODE=node:26.10.0-trixie-slim
FROM ${NODE} AS rootfs
RUN apt-get update && apt-get install -y --no-install-recommends binutils
COPY tools/ /podmates/tools/
RUN ["node", "/podmates/tools/images/rootfs.ts", "/rootfs"]

FROM scratch
COPY --from=rootfs /rootfs/ /
