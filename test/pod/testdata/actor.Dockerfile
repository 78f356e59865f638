# The actor as an image, on the Node layer that the sidecars share; `actor` is on its PATH for exec.
ARG NODE
FROM ${NODE}
COPY actor.ts /app/actor.ts
COPY actor /usr/bin/actor
ENTRYPOINT ["/usr/bin/node", "/app/actor.ts"]
