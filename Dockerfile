FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The image is the Node the server runs on; the package `node`, which install scripts would fetch, is for developers' machines.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs
# Clients of what the gateway may be connected to, which a plain install does not bring: any of the package's peerDependencies.
ARG CLIENTS="@clickhouse/client mysql2 pg redis"
RUN node -e "const all = require('./package.json'); for (const name of process.env.CLIENTS.split(' ')) { all.dependencies[name] = all.peerDependencies[name]; delete all.devDependencies[name]; delete all.peerDependencies[name]; delete all.peerDependenciesMeta[name] } fs.writeFileSync('package.json', JSON.stringify(all, null, 2))" \
  && npm install --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY --from=build /app/package.json /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/bin /app/bin
COPY --from=build /app/models /app/models
COPY --from=build /app/schema /app/schema
COPY --from=build /app/dist /app/dist
# Reached from outside the container, it asks for an API key and does not start without one: docs/guides/access.md.
# The working folder holds kpiql.config.yml, the model and the data; the gateway writes its own state below it.
RUN mkdir -p /data/.kpiql && chown -R node:node /data
WORKDIR /data
VOLUME /data
USER node
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/kpiql.cjs"]
CMD ["serve"]
