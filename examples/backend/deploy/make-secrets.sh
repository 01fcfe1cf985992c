#!/bin/sh
# Creates the missing secrets of compose.yaml: new keys, and a certificate for localhost.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

for name in auth_api_key spydra_api_key grafana_password jwt_secret web_secret; do
  [ -s "$name" ] || openssl rand -hex 24 > "$name"
done
[ -s tls.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 30 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout tls.key -out tls.crt
# Who may log in to the front end: see ../../web/README.md.
[ -s users.json ] || echo '[]' > users.json
# Compose mounts the files unchanged, and users in containers differ from yours: only the directory restricts access.
chmod 644 ./*
chmod 700 .
