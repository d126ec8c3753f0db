#!/bin/sh
# Run by the nginx image before nginx starts: a certificate of our own making, once, if none was put there.
# Put a real one into the `certificates` volume as fullchain.pem and privkey.pem, and this leaves it alone.
set -eu
folder=${CERTIFICATES:-/etc/nginx/certificates}
[ -s "$folder/fullchain.pem" ] && [ -s "$folder/privkey.pem" ] && exit 0

host=${HOOKSTREAM_HOST:-localhost}
echo "certificate: making a self-signed one for $host, valid for 397 days"
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 397 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" \
    -keyout "$folder/privkey.new" -out "$folder/fullchain.new" 2>/dev/null
mv "$folder/privkey.new" "$folder/privkey.pem"
mv "$folder/fullchain.new" "$folder/fullchain.pem"
