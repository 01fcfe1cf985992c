#!/bin/sh
# Makes what compose.yaml hands over as secrets, where it is not there yet: new keys, and a certificate for localhost.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

for name in auth_api_key spydra_api_key grafana_password; do
  [ -s "$name" ] || openssl rand -hex 24 > "$name"
done
[ -s tls.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 30 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout tls.key -out tls.crt
# Compose mounts them as they are, and no container's user is yours: the directory alone keeps others out.
chmod 644 ./*
chmod 700 .
