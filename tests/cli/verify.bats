#!/usr/bin/env bats
load helpers

three_documents() {
    new_vault
    echo "an apple a day" > "$S/apple.txt"
    head -c 200000 /dev/urandom | base64 > "$S/banana.txt"
    echo "a cherry on top" > "$S/cherry.txt"
    ingest "$S"
}

# Turns over one byte of a file.
flip() { # file offset
    python3 - "$1" "$2" << 'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte[0] ^ 0x40]))
END
}

@test "verify passes over a vault of the samples, in full and by sample" {
    new_vault
    ingest "$SAMPLES"
    assert_status 0 holdfast verify
    assert_status 0 holdfast verify --sample 5%
    assert_status 2 holdfast verify --sample lots
}

@test "a damaged pack is exit status 4 and the document is named" {
    three_documents
    local pack size id
    pack=$(find "$V/objects" -name '*.pack' | head -n 1)
    size=$(stat -c %s "$pack")
    flip "$pack" $((size / 2))
    id=$(ids 'path:banana')
    assert_status 4 holdfast verify
    [[ $output == *"$id"* ]]
    assert_equal "$(grep -oE 'HF[0-9]{7}' <<< "$output" | sort -u)" "$id"
    assert_status 4 holdfast show "$id" --native "$BATS_TEST_TMPDIR/out"
    assert_equal "$(holdfast show "$(ids cherry)" --text)" "a cherry on top"
}

@test "every place of a pack is covered" {
    three_documents
    local pack size at
    pack=$(find "$V/objects" -name '*.pack' | head -n 1)
    size=$(stat -c %s "$pack")
    for at in 0 8 40 $((size / 4)) $((size - 40)) $((size - 1)); do
        flip "$pack" "$at"
        assert_status 4 holdfast verify
        flip "$pack" "$at"
    done
    assert_status 0 holdfast verify
}

@test "a pack cut short, a pack gone" {
    three_documents
    local pack
    pack=$(find "$V/objects" -name '*.pack' | head -n 1)
    cp "$pack" "$BATS_TEST_TMPDIR/pack"
    truncate -s -100 "$pack"
    assert_status 4 holdfast verify
    rm "$pack"
    assert_status 4 holdfast verify
    cp "$BATS_TEST_TMPDIR/pack" "$pack"
    assert_status 0 holdfast verify
}

@test "a damaged key table" {
    three_documents
    local table
    table=$(find "$V/objects" -name '*.keys' | head -n 1)
    flip "$table" $(($(stat -c %s "$table") / 2))
    assert_status 4 holdfast verify
}

@test "a changed hash in the catalog, a lost row, a changed audit row" {
    three_documents
    cp "$V/catalog.db" "$BATS_TEST_TMPDIR/catalog.db"
    spoil() {
        cp "$BATS_TEST_TMPDIR/catalog.db" "$V/catalog.db"
        rm -f "$V/catalog.db-wal" "$V/catalog.db-shm"
        python3 - "$V/catalog.db" "$@" << 'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for name, in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
    db.execute(f'drop trigger "{name}"')
db.execute("pragma foreign_keys = off")
for statement in sys.argv[2:]:
    db.execute(statement)
db.commit()
END
    }
    tables=$(python3 -c "
import sqlite3, sys
print(' '.join(r[0] for r in sqlite3.connect(sys.argv[1]).execute(\"select name from sqlite_master where type='table'\")))" "$V/catalog.db")
    [[ " $tables " == *" object "* && " $tables " == *" audit "* ]] || skip "the catalog has other tables: $tables"
    assert_status 0 holdfast verify
    spoil "update object set sha256 = zeroblob(32) where rowid = (select min(rowid) from object)"
    assert_status 4 holdfast verify
    spoil "delete from object where rowid = (select min(rowid) from object)"
    assert_status 4 holdfast verify
    spoil "delete from audit where rowid = (select max(rowid) from audit)"
    assert_status 4 holdfast verify
}

@test "an index that lost a segment is found out, and verify changes nothing" {
    three_documents
    local before segment
    before=$(find "$V" -type f ! -name '*-shm' ! -name '*-wal' ! -name lock -exec sha256sum {} + | sort)
    assert_status 0 holdfast verify
    assert_equal "$(find "$V" -type f ! -name '*-shm' ! -name '*-wal' ! -name lock -exec sha256sum {} + | sort)" "$before"
    segment=$(find "$V/index" -mindepth 1 -maxdepth 1 -type d | head -n 1)
    mv "$segment" "$BATS_TEST_TMPDIR/segment"
    assert_status 4 holdfast verify
}
