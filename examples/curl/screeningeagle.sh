#!/bin/sh
# Screening Eagle ID: a code without a browser, exchanged for tokens and refreshed; the spent refresh token is refused.
set -eu
gateway=${IDP_GATEWAY:-http://localhost:8080}
admin=${IDP_GATEWAY_ADMIN:-http://localhost:8081}
redirect_uri=https://client.test/cb

fail() { printf '%s\n' "$1" >&2; exit 1; }

# The value of the string $1 in the JSON on standard input.
field() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }

# Prints the answer to a token request with these form fields, its head included.
token() {
    curl -sSi "$gateway/screeningeagle/api/id/v1/auth/token" \
        -u screeningeagle-demo:screeningeagle-demo-secret "$@"
}

# Stops unless $1 is a grant of the three tokens.
expect_tokens() {
    case $1 in
        'HTTP/1.1 200 '*'"access_token":"'*'"id_token":"'*'"refresh_token":"'*) ;;
        *) fail 'no tokens' ;;
    esac
}

# The vendor documents no authorize endpoint; the admin API gives a code as if the user had signed in.
answer=$(curl -sS "$admin/v1/mounts/screeningeagle/codes" -H 'Content-Type: application/json' \
    -d '{"client_id":"screeningeagle-demo","user":"test","scope":"openid inspect","redirect_uri":"'"$redirect_uri"'"}')
printf '%s\n\n' "$answer"
case $answer in
    '{"code":"'*) ;;
    *) fail 'no code' ;;
esac
code=$(printf '%s\n' "$answer" | field code)

answer=$(token -d grant_type=authorization_code --data-urlencode "code=$code" --data-urlencode "redirect_uri=$redirect_uri")
printf '%s\n\n' "$answer"
expect_tokens "$answer"
spent=$(printf '%s\n' "$answer" | sed -n '$p' | field refresh_token)

answer=$(token -d grant_type=refresh_token -d "refresh_token=$spent")
printf '%s\n\n' "$answer"
expect_tokens "$answer"
fresh=$(printf '%s\n' "$answer" | sed -n '$p' | field refresh_token)
[ "$fresh" != "$spent" ] || fail 'the refresh token was not rotated'

# The documented body says `Forbidden` whatever happened; the status tells.
answer=$(token -d grant_type=refresh_token -d "refresh_token=$spent")
printf '%s\n' "$answer"
case $answer in
    'HTTP/1.1 400 '*) ;;
    *) fail 'a spent refresh token was taken again' ;;
esac
