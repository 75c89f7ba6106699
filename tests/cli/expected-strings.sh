#!/bin/bash
# Searches the vault for every string that Tika's and POI's own tests expect in their sample files, and counts how many
# are found in just that file, format by format. Needs HOLDFAST_CORPUS (default ../shared/corpus); skips without it.
# HOLDFAST is the program (default build/holdfast). With -v each string that is not found is printed.
set -u

corpus=${HOLDFAST_CORPUS:-../shared/corpus}
holdfast=${HOLDFAST:-build/holdfast}
wanted=95 # percent
verbose=0
[ "${1:-}" = -v ] && verbose=1

if [ ! -r "$corpus/formats/tika-expected.tsv" ] || [ ! -r "$corpus/formats/poi-expected.tsv" ]; then
    echo "skipped: no expected strings below $corpus/formats"
    echo "0 passed, 0 failed"
    exit 0
fi
if [ ! -x "$holdfast" ]; then
    echo "no program at $holdfast" >&2
    echo "0 passed, 1 failed"
    exit 1
fi
corpus=$(cd "$corpus" && pwd -P) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
vault=$work/vault

# The name of the format of a file, or nothing if it is not one of those that are read.
format_of() {
    case ${1,,} in
    *.warc.gz) ;; # web archives are read later
    *.txt | *.html | *.htm | *.xhtml | *.xml | *.csv | *.pdf | *.docx | *.docm | *.dotx | *.xlsx | *.xlsm | *.pptx | \
        *.eml | *.mbox) echo "${1##*.}" ;;
    *.zip | *.tar | *.tgz | *.tbz2 | *.gz | *.bz2 | *.xz | *.zst | *.7z | *.rar | *.cab | *.iso | *.cpio | *.ar | *.deb)
        echo archive ;;
    esac
}

# The words of a string as a quoted phrase; nothing if it has no letter or digit. Quotation marks would end the phrase, and
# the search language gives a meaning to the signs of the second expression: in a text all of them only part words.
phrase_of() {
    local words
    words=$(sed -e 's/["“”„«»]/ /g' -e 's/[*?=~%#&!|<>]/ /g' -e "s/[‘’]/'/g" <<<"$1")
    grep -q '[[:alnum:]]' <<<"$words" && printf '"%s"' "$words"
}

# Every row of a list as folder<TAB>file<TAB>string.
rows() {
    for list in tika poi; do
        while IFS=$'\t' read -r file string || [ -n "${file:-}" ]; do
            printf '%s\t%s\t%s\n' "$list" "$file" "$string"
        done <"$corpus/formats/$list-expected.tsv"
    done
}

export LC_ALL=C.UTF-8
rows >"$work/rows"

# Ingest each file once.
while IFS=$'\t' read -r list file string; do
    [ -n "$(format_of "$file")" ] && printf '%s\n' "$corpus/formats/$list/$file"
done <"$work/rows" | sort -u >"$work/files"
mapfile -t files <"$work/files"
found_files=()
for file in "${files[@]}"; do
    [ -r "$file" ] && found_files+=("$file")
done
"$holdfast" init "$vault" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    echo "0 passed, 1 failed"
    exit 1
}
"$holdfast" --vault "$vault" ingest --custodian samples "${found_files[@]}" >"$work/log" 2>&1
status=$?
if [ $status -gt 1 ]; then # 1: done with exceptions, as damaged samples must
    cat "$work/log" >&2
    echo "0 passed, 1 failed"
    exit 1
fi

# Whether one of the printed paths is the file, or something inside it.
is_among() {
    local line
    while IFS= read -r line; do
        case $line in
        "$1" | "$1!/"*) return 0 ;;
        esac
    done
    return 1
}

declare -A asked found
passed=0
failed=0
skipped=0
while IFS=$'\t' read -r list file string; do
    format=$(format_of "$file")
    [ -n "$format" ] || continue
    path=$corpus/formats/$list/$file
    if [ ! -r "$path" ]; then
        echo "skipped: $list/$file is not there"
        skipped=$((skipped + 1))
        continue
    fi
    phrase=$(phrase_of "$string")
    if [ -z "$phrase" ]; then
        echo "skipped: $list/$file: nothing to search in: $string"
        skipped=$((skipped + 1))
        continue
    fi
    key=${format,,}
    asked[$key]=$((${asked[$key]:-0} + 1))
    if "$holdfast" --vault "$vault" search --format paths --limit 0 "$phrase" 2>"$work/error" | is_among "$path"; then
        found[$key]=$((${found[$key]:-0} + 1))
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        if [ $verbose = 1 ]; then
            printf 'missed: %s/%s: %s\n' "$list" "$file" "$string"
            sed 's/^/    /' "$work/error"
        fi
    fi
done <"$work/rows"

total=$((passed + failed))
printf '%-10s %8s %8s %8s\n' format strings found share
for key in $(printf '%s\n' "${!asked[@]}" | sort); do
    printf '%-10s %8d %8d %7d%%\n' "$key" "${asked[$key]}" "${found[$key]:-0}" \
        $((100 * ${found[$key]:-0} / asked[$key]))
done
printf '%-10s %8d %8d %7d%%   (%d skipped)\n' all "$total" "$passed" $((total ? 100 * passed / total : 0)) "$skipped"
echo "$passed passed, $failed failed"
[ $total -gt 0 ] && [ $((passed * 100)) -ge $((wanted * total)) ]
