# The Node layer that all four sidecars share, from files that `npm run images` put together on this machine
# because no registry answered. node.Dockerfile makes the same from a public image.
FROM scratch
COPY . /
