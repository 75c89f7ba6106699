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
    # Its native and its text fill the pack, in either order: the middle is the border between them.
    flip "$pack" $((size / 4))
    flip "$pack" $((size * 3 / 4))
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
    [[ $output == *"reindex --all"* ]]
    assert_status 0 holdfast --quiet reindex --all
    assert_status 0 holdfast verify
}

@test "a damaged index is told with the documents that searches miss" {
    three_documents
    flip "$(find "$V/index" -name postlist.glass)" 100
    assert_status 4 holdfast verify
    [[ $output == "index: "*"postlist.glass"*"3 documents from HF0000001 to HF0000003"* ]]
}

@test "the JSON names document, part and path, and counts" {
    three_documents
    holdfast verify --format json | jq -e '.clean and .findings == [] and .notes == [] and .documents == 3 and .objects == 6
        and .objects_read == 6 and .keys == 3 and .packs == 1 and .segments == 1 and .wrong == 0 and .bytes_read > 400000'
    local pack id
    pack=$(find "$V/objects" -name '*.pack')
    id=$(ids 'path:banana')
    flip "$pack" $(($(stat -c %s "$pack") / 4))
    assert_status 4 holdfast --quiet verify --format json
    jq -e --arg id "$id" --arg path "$S/banana.txt" '(.clean | not) and .wrong == 1 and .documents_wrong == 1 and (.findings
        | length == 1) and (.findings[0] | .document == $id and .part == "native" and .path == $path
        and (.problem | contains("does not authenticate")) and (.advice | contains("backup")))' <<< "$output"
}

@test "a lost key table, a damaged pack key, a lost signing key" {
    three_documents
    cp -a "$V" "$BATS_TEST_TMPDIR/whole"
    spoil() {
        rm -rf "$V"
        cp -a "$BATS_TEST_TMPDIR/whole" "$V"
        "$@"
        assert_status 4 holdfast --quiet verify
    }
    spoil rm "$V/objects/00000001.keys"
    [[ $output == "pack: "* ]]
    assert_equal "$(grep -oE 'HF[0-9]{7} (native|text)' <<< "$output" | sort -u | wc -l)" 6
    spoil flip "$V/keys/packs-1" 135
    [[ $output == *"keys/packs-1"* ]]
    spoil rm "$V/keys/signing.key"
    [[ $output == "key: "*"signing.key"* ]]
    spoil rm "$V/keys/signing.pub"
    [[ $output == "key: "*"signing.pub"* ]]
}

@test "what a killed command left is noted and not wrong" {
    three_documents
    head -c 100 /dev/zero >> "$V/objects/00000001.pack"
    head -c 64 /dev/zero >> "$V/objects/00000001.keys"
    touch "$V/objects/00000009.pack"
    mkdir "$V/index/0000000009-0000000009-00000000"
    assert_status 0 holdfast verify --format json
    jq -e '.clean and (.notes | length == 4)' <<< "$output"
    echo "one more" > "$S/more.txt"
    ingest "$S"
    assert_status 0 holdfast verify --format json
    jq -e '.clean and .notes == []' <<< "$output"
}

# Changes the catalog behind the vault's back.
change_catalog() { # sql...
    python3 - "$V/catalog.db" "$@" << 'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for name, in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
    db.execute(f'drop trigger "{name}"')
for statement in sys.argv[2:]:
    db.execute(statement)
db.commit()
END
}

@test "documents without a segment are to be indexed, which is not wrong" {
    three_documents
    change_catalog 'delete from segment'
    assert_status 0 holdfast verify
    [[ $output == *"not indexed yet: 3"* ]]
}

# From the catalog as it was: changes it; verify must exit with 4 and say what the pattern says.
tamper() { # pattern sql...
    local said=$1
    shift
    cp "$BATS_TEST_TMPDIR/catalog.db" "$V/catalog.db"
    rm -f "$V/catalog.db-wal" "$V/catalog.db-shm"
    change_catalog "$@"
    assert_status 4 holdfast --quiet verify
    grep -qE -- "$said" <<< "$output" || {
        printf 'not said: %s\n%s\n' "$said" "$output"
        return 1
    }
}

@test "each thing that can be changed in the catalog is told for what it is" {
    three_documents
    cp "$V/catalog.db" "$BATS_TEST_TMPDIR/catalog.db"
    local native text
    native=$(python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("select native_id, text_id from document where id = 1").fetchone())' "$V/catalog.db")
    read -r native text <<< "$native"
    tamper '^HF0000001 native, .*: the object at .* does not have the hash' \
        "update object set sha256 = zeroblob(32) where id = $native"
    tamper '^HF0000001 text, .*: the object at .* does not have the hash' \
        "update object set sha256 = zeroblob(32) where id = $text"
    tamper '^audit: the hash of a document from HF0000001 to ' "update object set sha256 = zeroblob(32) where id = $native" \
        'update document set sha256 = zeroblob(32) where id = 1'
    tamper '^HF0000001 text, .*: the object that held it' "delete from object where id = $text"
    tamper '^audit: of the [1-3] documents' 'delete from document where id = 2'
    tamper '^HF0000002 index, .*: the index has it' 'delete from document where id = 2'
    tamper '^key: slot 0 of objects/00000001.keys holds a key' 'delete from object where slot = 0'
    tamper '^HF000000[1-3] (native|text), .*: it lies under the key of another family' 'update object set slot = 0 where slot = 1'
    tamper ': its object at .* begins inside the (native|text) of HF000000[1-3]' \
        'update object set offset = offset - 5 where id = (select max(id) from object)'
    tamper 'objects/00000001.keys has 3 keys of the 4' 'update pack set slots = 4'
    tamper 'objects/00000001.pack has .* bytes of the' 'update pack set end = end + 1'
    tamper '^HF000000. (native|text), .*: its object at .* lies beyond the end' 'update pack set end = 100'
    tamper '^HF000000. (native|text), .*: the catalog does not have its pack' 'update pack set id = 2'
    tamper '^family: family 99 ' 'insert into family select 99, matter_id, state, documents, family_date, mih, run_id from family
        limit 1'
    tamper '^HF000000. family, .*: family 1 was found nowhere' 'delete from instance where family_id = 1'
    tamper '^HF000000. family, .*: family 1 has no deduplication key' 'delete from family_key where family_id = 1'
    tamper '^HF0000001 native, .*: no native of it' 'update document set native_id = null where id = 1'
    tamper '^index: .*recorded range' 'update segment set first = 2'
    tamper '^audit: audit row 1 was changed' "update audit set row = replace(row, 'run', 'rum') where seq = 1"
    tamper '^audit: the audit log ends at row' 'delete from audit where seq = (select max(seq) from audit)'
    tamper '^audit: .*stands where row 1 should' 'delete from audit where seq = 1'
    tamper '^audit: .*not signed by this vault' "update checkpoint set note = substr(note, 1, length(note) - 20) || case substr(note, length(note) - 19, 1) when 'A' then 'B' else 'A' end || substr(note, length(note) - 18)"
}

@test "a damaged page of the catalog" {
    three_documents
    python3 - "$V/catalog.db" << 'END'
import sqlite3, sys
root, = sqlite3.connect(sys.argv[1]).execute("select rootpage from sqlite_master where name = 'document'").fetchone()
with open(sys.argv[1], "r+b") as f:
    f.seek((root - 1) * 4096)
    f.write(b"x" * 4096)
END
    assert_status 4 holdfast --quiet verify
    [[ $output == *"catalog: "*"restore catalog.db from a backup"* ]]
}

@test "a sample reads as many as it says, and the same seed the same ones" {
    new_vault
    for i in $(seq 40); do echo "this is number $i" > "$S/$i.txt"; done
    ingest "$S"
    assert_status 0 holdfast verify --sample 5% --format json
    jq -e '.objects == 80 and .objects_read == 4' <<< "$output"
    assert_status 0 holdfast verify --sample 0.1% --format json
    jq -e '.objects_read == 1' <<< "$output"
    assert_status 0 holdfast verify --sample 7 --seed 12 --format json
    jq -e '.objects_read == 7 and .seed == 12' <<< "$output"
    assert_status 0 holdfast verify --sample 1000 --format json
    jq -e '.objects_read == 80' <<< "$output"
    assert_status 0 holdfast --quiet verify --sample 7 --seed 12
    [[ $output == *"--seed 12"* ]]
    # With the end of every object damaged, what is told is the sample.
    python3 - "$V/objects/00000001.pack" "$V/catalog.db" << 'END'
import sqlite3, sys
with open(sys.argv[1], "r+b") as f:
    for offset, stored in sqlite3.connect(sys.argv[2]).execute("select offset, stored from object"):
        f.seek(offset + stored - 1)
        byte = f.read(1)
        f.seek(offset + stored - 1)
        f.write(bytes([byte[0] ^ 1]))
END
    local first
    assert_status 4 holdfast --quiet verify --sample 7 --seed 12
    first=$output
    assert_equal "$(grep -c '^HF' <<< "$first")" 7
    assert_status 4 holdfast --quiet verify --sample 7 --seed 12
    assert_equal "$output" "$first"
    assert_status 4 holdfast --quiet verify --sample 7 --seed 13
    [ "$output" != "$first" ]
}

@test "wrong options are told" {
    new_vault
    for sample in 0% 101% -5% 0 5%% '' lots; do assert_status 2 holdfast verify --sample "$sample"; done
    assert_status 2 holdfast verify --seed x
    assert_status 2 holdfast verify --format csv
    assert_status 2 holdfast verify something
}

@test "a key that is gone is told even if its objects are not in the sample" {
    new_vault
    for i in $(seq 40); do echo "this is number $i" > "$S/$i.txt"; done
    ingest "$S"
    python3 - "$V/objects/00000001.keys" << 'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(64 + 64 * 7)
    f.write(bytes(64))
END
    assert_status 4 holdfast --quiet verify --sample 1 --seed 1
    grep -qE '^HF[0-9]{7} (key|native|text), .*slot 7 ' <<< "$output"
}

@test "originals in place: changed, gone, and gone by the catalog's own word" {
    new_vault
    echo "an apple a day" > "$S/apple.txt"
    echo "a banana split" > "$S/banana.txt"
    echo "a cherry on top" > "$S/cherry.txt"
    ingest --in-place "$S"
    assert_status 0 holdfast --quiet verify --format json
    jq -e '.originals == 3 and .originals_read == 3' <<< "$output"
    echo "an apple a bay" > "$S/apple.txt"
    rm "$S/banana.txt"
    echo "longer" >> "$S/cherry.txt"
    assert_status 4 holdfast --quiet verify
    grep -qE "^$(ids path:apple) original, $S/apple.txt: .*hash" <<< "$output"
    grep -qE "^$(ids path:banana) original, $S/banana.txt: .*gone" <<< "$output"
    grep -qE "^$(ids path:cherry) original, $S/cherry.txt: .*bytes" <<< "$output"
    assert_equal "$(grep -c '^HF' <<< "$output")" 3
    echo "an apple a day" > "$S/apple.txt"
    printf 'a cherry on top\n' > "$S/cherry.txt"
    ingest --in-place "$S"
    assert_status 0 holdfast --quiet verify
    [[ $output == *"note: documents left in place that a later crawl found changed or gone: 1"* ]]
}

@test "while another command writes, nothing is found wrong" {
    new_vault
    for i in $(seq 400); do printf 'word%d %s\n' "$i" "$(head -c 300 /dev/urandom | base64 -w 0)" > "$S/$i.txt"; done
    holdfast --quiet ingest "$S" > "$BATS_TEST_TMPDIR/ingest" 2>&1 3>&- &
    local writer=$!
    while kill -0 "$writer" 2> /dev/null; do assert_status 0 holdfast --quiet verify; done
    wait "$writer"
    assert_status 0 holdfast verify --format json
    jq -e '.documents == 400 and .notes == []' <<< "$output"
    for _ in 1 2 3; do holdfast --quiet reindex --all; done > /dev/null 2>&1 3>&- &
    writer=$!
    while kill -0 "$writer" 2> /dev/null; do assert_status 0 holdfast --quiet verify; done
}
