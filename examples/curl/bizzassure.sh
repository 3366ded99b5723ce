#!/bin/sh
# BizzAssure: a token for credentials in JSON, and what a client hears that asks too often.
set -eu
gateway=${IDP_GATEWAY:-http://localhost:8080}

fail() { printf '%s\n' "$1" >&2; exit 1; }

# Prints the answer to a token request of client $1, its head included.
token() {
    curl -sSi "$gateway/bizzassure/v1/auth/token" -H 'Content-Type: application/json' \
        -d "{\"client_id\":\"$1\",\"client_secret\":\"$1-secret\",\"scopes\":[\"employee.get\"]}"
}

answer=$(token bizzassure-demo)
printf '%s\n\n' "$answer"
case $answer in
    'HTTP/1.1 200 '*'"payload":{"access_token":"'*) ;;
    *) fail 'no token' ;;
esac

# This client may have two tokens a minute: the third request is refused, or an earlier one if this ran just before.
for request in 1 2 3; do
    answer=$(token bizzassure-limited)
    case $answer in 'HTTP/1.1 429 '*) break ;; esac
done
printf 'request %s of the limited client:\n%s\n' "$request" "$answer"
case $answer in
    'HTTP/1.1 429 '*'"type":"A4290"'*) ;;
    *) fail 'three requests within a minute, and none refused' ;;
esac
