#!/bin/bash
# tests/bench/bench.sh BUILD CORPUS -- holdfast and those of its peers that are installed (PEERS names others to choose
# from), one after the other over the same folder, several rounds (ROUNDS=3). Each starts from nothing and sees a warm page
# cache. Prints the medians: wall and CPU seconds, peak memory of all processes together, size of the index, and how many
# times as long as holdfast it took. holdfast stores and encrypts the documents as well. Then: a second run over the
# unchanged tree against find, and verify against openssl over the same bytes. Only tells; it is no test.
set -u
build=$(realpath "$1") corpus=$(realpath "${2:?usage: bench.sh BUILD CORPUS}")
rounds=${ROUNDS:-3}
bench=${BENCH_DIR:-$build/bench}
[ -d "$corpus" ] || { echo "no folder $corpus: give one with CORPUS=DIR" >&2; exit 2; }
mkdir -p "$bench"
${CC:-gcc} -D_GNU_SOURCE -O2 -o "$bench/measure" "$(dirname "$0")/measure.c" || exit 1
unset HOLDFAST_VAULT
export LC_ALL=C.UTF-8

# A maildir: what notmuch and mu read.
is_mail() { [ -n "$(find "$corpus" -maxdepth 4 -type d -name cur -print -quit)" ]; }

# Each `prepare_X` makes X's empty home in $home; `run_X` is what is measured; `size_X` gives kB.
prepare_holdfast() { "$build/holdfast" init --timezone UTC "$home/vault" > /dev/null 2>&1; }
run_holdfast() { measured "$build/holdfast" --vault "$home/vault" --quiet ingest "$corpus"; }
size_holdfast() { du -sk "$home/vault/index" | cut -f1; }

prepare_recollindex() {
    printf 'topdirs = %s\nnoContentSuffixes =\nfollowLinks = 0\nloglevel = 1\n' "$corpus" > "$home/recoll.conf"
}
run_recollindex() { measured recollindex -c "$home"; }
size_recollindex() { du -sk "$home/xapiandb" | cut -f1; }

prepare_notmuch() {
    printf '[database]\npath=%s\nmail_root=%s\n[user]\nname=x\nprimary_email=x@example.com\n[new]\ntags=new\n' \
        "$home/db" "$corpus" > "$home/config"
    mkdir -p "$home/db"
}
run_notmuch() { measured env NOTMUCH_CONFIG="$home/config" notmuch new --quiet --no-hooks; }
size_notmuch() { du -sk "$home/db" | cut -f1; }

prepare_mu() { mu init --quiet --muhome="$home" --maildir="$corpus" > /dev/null 2>&1; }
run_mu() { measured mu index --quiet --muhome="$home"; }
size_mu() { du -sk "$home" | cut -f1; }

prepare_omindex() { :; }
run_omindex() { measured omindex --db "$home/db" --url / "$corpus"; }
size_omindex() { du -sk "$home/db" | cut -f1; }

measured() { "$bench/measure" "$home.cost" "$@" > "$home.out" 2>&1; }

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
column() { cut -d' ' -f"$2" "$bench/$1.costs" | median; }

programs=(holdfast)
for peer in ${PEERS-recollindex omindex notmuch mu}; do
    [[ $peer != notmuch && $peer != mu ]] || is_mail || continue
    command -v "$peer" > /dev/null && programs+=("$peer")
done

files=$(find "$corpus" -type f | wc -l) bytes=$(find "$corpus" -type f -printf '%s\n' | awk '{ s += $1 } END { print s + 0 }')
echo "$corpus: $files files, $((bytes / 1000000)) MB; $(nproc) processors; $rounds rounds"
find "$corpus" -type f -exec cat {} + > /dev/null
for program in "${programs[@]}"; do : > "$bench/$program.costs"; done
for ((round = 1; round <= rounds; round++)); do
    for program in "${programs[@]}"; do
        home=$bench/$program
        rm -rf "$home" && mkdir -p "$home"
        "prepare_$program"
        sync
        "run_$program"
        read -r wall cpu kb status < "$home.cost"
        [ "$status" -eq 0 ] || [ "$program:$status" = holdfast:1 ] ||
            echo "$program ended with status $status: $(tail -n 1 "$home.out")" >&2
        echo "$wall $cpu $kb $("size_$program")" >> "$bench/$program.costs"
    done
done

base=$(column holdfast 1)
printf '\n%-14s %9s %9s %9s %11s %8s\n' program 'wall s' 'CPU s' 'peak MB' 'index MB' ratio
for program in "${programs[@]}"; do
    awk -v p="$program" -v w="$(column "$program" 1)" -v c="$(column "$program" 2)" -v k="$(column "$program" 3)" \
        -v s="$(column "$program" 4)" -v b="$base" \
        'BEGIN { printf "%-14s %9.2f %9.2f %9.0f %11.1f %8.2f\n", p, w, c, k / 1000, s / 1000, w / b }'
done

home=$bench/holdfast
echo
awk -v v="$(du -sk "$home/vault" | cut -f1)" -v b="$bytes" -v w="$base" -v n="$files" \
    'BEGIN { printf "holdfast: the whole vault %.1f MB; %.1f MB/s, %.0f files/s\n", v / 1000, b / 1e6 / w, n / w }'

# The second run and find, by turns; the first of each only warms.
: > "$bench/again" && : > "$bench/find"
for ((round = 0; round <= rounds; round++)); do
    "$bench/measure" "$bench/cost" find "$corpus" -printf '%i %s %T@ %C@ %p\n' > /dev/null
    [ "$round" -eq 0 ] || cut -d' ' -f1 "$bench/cost" >> "$bench/find"
    "$bench/measure" "$bench/cost" "$build/holdfast" --vault "$home/vault" --quiet ingest "$corpus" > /dev/null 2>&1
    [ "$round" -eq 0 ] || cut -d' ' -f1 "$bench/cost" >> "$bench/again"
done
awk -v a="$(median < "$bench/again")" -v f="$(median < "$bench/find")" \
    'BEGIN { printf "second run %.3f s, find -printf %.3f s: ratio %.2f\n", a, f, a / f }'

# verify and openssl over the same bytes.
: > "$bench/verify" && : > "$bench/openssl"
find "$corpus" -type f -exec cat {} + > "$bench/bytes"
for ((round = 0; round <= rounds; round++)); do
    "$bench/measure" "$bench/cost" "$build/holdfast" --vault "$home/vault" --quiet verify > /dev/null 2>&1
    [ "$round" -eq 0 ] || cut -d' ' -f1 "$bench/cost" >> "$bench/verify"
    "$bench/measure" "$bench/cost" openssl dgst -sha256 "$bench/bytes" > /dev/null
    [ "$round" -eq 0 ] || cut -d' ' -f1 "$bench/cost" >> "$bench/openssl"
done
awk -v v="$(median < "$bench/verify")" -v o="$(median < "$bench/openssl")" -v b="$bytes" 'BEGIN {
    printf "verify %.3f s (%.0f MB/s of originals), openssl dgst -sha256 %.3f s (%.0f MB/s): %.0f %%\n",
        v, b / 1e6 / v, o, b / 1e6 / o, 100 * o / v }'
rm -f "$bench/bytes"
