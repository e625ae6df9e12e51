FROM node:24.9.0-bookworm-slim AS base

FROM base AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run --silent build

FROM base
LABEL org.opencontainers.image.title="kraken-outages" \
  org.opencontainers.image.description="Report battery-site outages to the Kraken API." \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="0.1.0"
# The command needs neither npm nor any other package.
RUN rm -rf /opt/yarn* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && ln -s ../lib/kraken-outages/bin/kraken-outages.js /usr/local/bin/kraken-outages
COPY --from=build /build/package.json /build/LICENSE /usr/local/lib/kraken-outages/
COPY --from=build /build/bin /usr/local/lib/kraken-outages/bin
COPY --from=build /build/dist /usr/local/lib/kraken-outages/dist
WORKDIR /work
USER 10001:10001
# The base image's entry point is a shell script, which would not pass signals on.
ENTRYPOINT ["kraken-outages"]
