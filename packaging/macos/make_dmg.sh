#!/usr/bin/env bash
# Disk image for macOS (Apple silicon). UNTESTED: written after the manuals of PyInstaller
# and hdiutil; nobody has built MedHash on a Mac yet.
#
#   python3 packaging/release.py wheel reader
#   packaging/macos/make_dmg.sh 0.1.0
#
# Without a developer's certificate in CODESIGN_IDENTITY the program is signed for this
# Mac only, and Gatekeeper asks on every other one; notarising is a step of its own.
set -euo pipefail

version="${1:?usage: make_dmg.sh VERSION}"
root="$(cd "$(dirname "$0")/../.." && pwd)"
frozen="$root/build/release/frozen-reader"
app="$frozen/MedHash.app"
image="$root/dist/medhash-reader-$version-macos.dmg"

if [[ ! -d "$app" ]]; then
    echo "make_dmg.sh: $app is missing; run packaging/release.py wheel reader" >&2
    exit 3
fi

# Apple's hardened runtime, which notarising asks for, refuses libraries that are signed for
# this Mac only; so it goes with a certificate alone, and with what Python's ctypes needs.
hardened=()
if [[ -n "${CODESIGN_IDENTITY:-}" ]]; then
    hardened=(--options runtime --timestamp
        --entitlements "$root/packaging/macos/entitlements.plist")
fi
codesign --force --deep "${hardened[@]+"${hardened[@]}"}" \
    --sign "${CODESIGN_IDENTITY:--}" "$app"
"$app/Contents/MacOS/medhash" --self-test

stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
cp "$frozen/medhash/THIRD-PARTY-NOTICES.txt" "$stage/"
ln -s /Applications "$stage/Applications"
mkdir -p "$root/dist"
hdiutil create -volname "MedHash $version" -srcfolder "$stage" -format UDZO -ov "$image"
echo "$image"
