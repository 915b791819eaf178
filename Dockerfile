# What npm installs for production, and nothing of npm's own.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The packages beside Herald are for clients and backends.
RUN npm ci --omit=dev --workspaces=false

# JavaScript of the sources, as the package has it.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --workspaces=false
COPY tsconfig.json build.ts ./
COPY src ./src
RUN npm run build

FROM node:24-bookworm-slim
WORKDIR /app
# Gives memory back after a load, which malloc of glibc does not always (docs/decisions.md, 119).
RUN apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && rm -rf /var/lib/apt/lists/*
ENV LD_PRELOAD=libjemalloc.so.2
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
RUN install -d -o node -g node -m 700 /data
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY schema ./schema
COPY --from=build /app/dist ./dist
USER node
VOLUME /data
EXPOSE 4000
# Not /ready: without its database or Redis a Herald gets well by itself, and a restart would only cut its sockets.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "dist/cli/herald.js", "start"]
