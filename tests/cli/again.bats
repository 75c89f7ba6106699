#!/usr/bin/env bats
# The same things ingested again: in another state, at another place, in another way. The balance and the places stay true.
load helpers

old() { touch -d '2019-01-01' "$@"; }
balance_of() { echo "$(count found)/$(count new)/$(count duplicate)/$(count unchanged)/$(count excluded)/$(count exception)"; }
status_of() { holdfast status --format json | jq ".$1"; }
open_exceptions() { status_of exceptions; }
message() { # number
    printf 'From a@acme.example Sat Mar 16 09:00:00 2019\nFrom: a@acme.example\nSubject: Number %s\nDate: Sat, 16 Mar 2019 09:0%s:00 +0000\nMessage-ID: <%s@acme.example>\n\nLetter of word%s.\n\n' "$1" "$1" "$1" "$1"
}
mbox() { for i in "$@"; do message "$i"; done; }

@test "an archive that was only touched is unchanged, and no place comes twice" {
    new_vault
    mbox 1 2 3 > "$S/box.mbox"
    old "$S/box.mbox"
    ingest "$S"
    assert_equal "$(balance_of)" 3/3/0/0/0/0
    touch "$S/box.mbox"
    ingest "$S"
    assert_equal "$(balance_of)" 3/0/0/3/0/0
    assert_equal "$(paths word1 | wc -l)" 1
    assert_equal "$(status_of instances)" 3
    assert_equal "$(count containers)" 1
}

@test "a copy of an archive is all duplicates, its places are recorded" {
    new_vault
    mkdir "$S/inner"
    mbox 1 2 > "$S/inner/box.mbox"
    (cd "$S" && python3 -m zipfile -c a.zip inner/box.mbox)
    rm -r "$S/inner"
    old "$S/a.zip"
    ingest --custodian jane "$S"
    assert_equal "$(balance_of)" 2/2/0/0/0/0
    local opened
    opened=$(count containers)
    cp "$S/a.zip" "$S/b.zip"
    old "$S/b.zip"
    ingest --custodian jane "$S"
    assert_equal "$(balance_of)" 4/0/2/2/0/0
    assert_equal "$(count containers)" "$opened"
    assert_equal "$(paths word2 | wc -l)" 2
    rm "$S/a.zip"
    ingest --custodian jane "$S"
    assert_equal "$(balance_of)" 2/0/0/2/0/0
    [[ $(paths word2) == "$S/b.zip!/"* ]]
}

@test "members are left out of a copied archive when a setting says so" {
    new_vault
    mkdir "$S/in"
    echo "the apple" > "$S/in/a.txt"
    echo "the birch" > "$S/in/b.log"
    (cd "$S/in" && python3 -m zipfile -c ../a.zip a.txt b.log)
    rm -r "$S/in"
    ingest "$S"
    assert_equal "$(balance_of)" 2/2/0/0/0/0
    mkdir "$BATS_TEST_TMPDIR/other"
    cp "$S/a.zip" "$BATS_TEST_TMPDIR/other/b.zip"
    ingest --exclude '*.log' "$BATS_TEST_TMPDIR/other"
    assert_equal "$(balance_of)" 2/0/1/0/1/0
    assert_equal "$(paths birch | wc -l)" 1
    echo "the birch" | sha256sum | cut -c1-64 > "$BATS_TEST_TMPDIR/known"
    mkdir "$BATS_TEST_TMPDIR/third"
    cp "$S/a.zip" "$BATS_TEST_TMPDIR/third/c.zip"
    ingest --known-hashes "$BATS_TEST_TMPDIR/known" "$BATS_TEST_TMPDIR/third"
    assert_equal "$(balance_of)" 2/0/1/0/1/0
}

@test "what a setting left out is taken in by a run without it" {
    new_vault
    mkdir "$S/in"
    echo "the apple" > "$S/in/a.txt"
    echo "the birch" > "$S/in/b.log"
    (cd "$S/in" && python3 -m zipfile -c ../a.zip a.txt b.log)
    rm -r "$S/in"
    echo "the cedar" > "$S/c.txt"
    old "$S"/*
    echo "the cedar" | sha256sum | cut -c1-64 > "$BATS_TEST_TMPDIR/known"
    ingest --exclude '*.log' --known-hashes "$BATS_TEST_TMPDIR/known" "$S"
    assert_equal "$(balance_of)" 3/1/0/0/2/0
    ingest --exclude '*.log' --known-hashes "$BATS_TEST_TMPDIR/known" "$S"
    assert_equal "$(balance_of)" 3/0/0/1/2/0
    ingest "$S"
    assert_equal "$(balance_of)" 3/2/0/1/0/0
    assert_equal "$(paths birch)" "$S/a.zip!/b.log"
    assert_equal "$(paths cedar)" "$S/c.txt"
    ingest --exclude '*.log' "$S"
    assert_equal "$(balance_of)" 3/0/0/3/0/0
}

@test "a broken archive that was touched or copied keeps its members" {
    new_vault
    mkdir "$S/in"
    for i in 1 2 3; do
        head -c 20000 /dev/urandom | base64 > "$S/in/$i.txt"
        echo "wood$i" >> "$S/in/$i.txt"
    done
    tar -C "$S/in" -cf "$S/a.tar" 1.txt 2.txt 3.txt
    rm -r "$S/in"
    truncate -s 60000 "$S/a.tar"
    old "$S/a.tar"
    ingest "$S"
    local found
    found=$(count found)
    [ "$found" -ge 3 ]
    touch "$S/a.tar"
    ingest "$S"
    assert_equal "$(count found),$(count unchanged)" "$found,$found"
    assert_equal "$(paths wood1)" "$S/a.tar!/1.txt"
    cp "$S/a.tar" "$S/b.tar"
    ingest "$S"
    assert_equal "$(count found),$(count duplicate)" "$((2 * found)),$found"
    assert_equal "$(paths wood1 | sort)" "$(printf '%s\n' "$S/a.tar!/1.txt" "$S/b.tar!/1.txt")"
}

@test "a name that an archive holds twice is one document, once new and once a duplicate" {
    new_vault
    mkdir "$S/in"
    echo "the same" > "$S/in/a.txt"
    tar -C "$S/in" -cf "$S/a.tar" a.txt
    tar -C "$S/in" -rf "$S/a.tar" a.txt
    rm -r "$S/in"
    old "$S/a.tar"
    ingest "$S"
    assert_equal "$(balance_of)" 2/1/1/0/0/0
    touch "$S/a.tar"
    ingest "$S"
    assert_equal "$(balance_of)" 2/0/0/2/0/0
}

@test "in a changed mbox the known are unchanged, the vanished gone, the new new" {
    new_vault
    mbox 1 2 3 > "$S/box.mbox"
    ingest "$S"
    mbox 1 3 4 > "$S/box.mbox"
    ingest "$S"
    assert_equal "$(count found),$(count new),$(count exception)" "3,1,0"
    assert_balanced
    assert_equal "$(paths word2)" ""
    assert_equal "$(ids word2 | wc -l)" 1
    assert_equal "$(paths word3 | wc -l)" 1
    assert_equal "$(paths word4 | wc -l)" 1
}

@test "a message that moves to another folder of its maildir is noticed as moved" {
    new_vault
    mkdir -p "$S/Maildir/cur" "$S/Maildir/new" "$S/Maildir/tmp"
    message 1 | tail -n +2 > "$S/Maildir/new/1.host"
    old "$S/Maildir/new/1.host"
    ingest "$S"
    mv "$S/Maildir/new/1.host" "$S/Maildir/cur/1.host:2,S"
    ingest "$S"
    assert_equal "$(balance_of)" 1/0/1/0/0/0
    assert_equal "$(count gone),$(count moved)" "1,1"
    assert_equal "$(paths word1)" "$S/Maildir/cur/1.host:2,S"
    assert_equal "$(status_of documents)" 1
}

@test "the same folder for a second custodian is theirs too, and the first keeps it" {
    new_vault
    echo "the apple" > "$S/a.txt"
    old "$S/a.txt"
    ingest --custodian jane "$S"
    ingest --custodian john "$S"
    assert_equal "$(balance_of)" 1/0/1/0/0/0
    assert_equal "$(ids 'custodian:jane')" HF0000001
    assert_equal "$(ids 'custodian:john')" HF0000001
    ingest --custodian jane "$S"
    assert_equal "$(balance_of)" 1/0/0/1/0/0
    ingest --custodian john "$S"
    assert_equal "$(balance_of)" 1/0/0/1/0/0
}

@test "a custodian named later is given to what nobody was named for" {
    new_vault
    echo "the apple" > "$S/a.txt"
    old "$S/a.txt"
    ingest "$S"
    ingest --custodian jane "$S"
    assert_equal "$(balance_of)" 1/0/0/1/0/0
    assert_equal "$(ids 'custodian:jane')" HF0000001
    assert_equal "$(paths apple)" "$S/a.txt"
    ingest "$S"
    assert_equal "$(balance_of)" 1/0/0/1/0/0
    assert_equal "$(ids 'custodian:jane')" HF0000001
}

@test "a folder and the one above it: one document at two places, the balance adds up" {
    new_vault
    mkdir "$S/below"
    echo "the apple" > "$S/below/a.txt"
    mbox 1 2 > "$S/below/box.mbox"
    old "$S"/below/*
    ingest "$S/below" "$S" "$S/below/" "$S"
    assert_balanced
    assert_equal "$(count found),$(count new)" "6,3"
    assert_equal "$(count duplicate)" 3
    ingest "$S" "$S/below"
    assert_equal "$(balance_of)" 6/0/0/6/0/0
    assert_equal "$(status_of documents)" 3
}

@test "in place, then not: the bytes come into the vault" {
    new_vault
    echo "the apple" > "$S/a.txt"
    cp "$SAMPLES/users/jane/mail/family.eml" "$S"
    old "$S"/*
    ingest --in-place "$S"
    local documents
    documents=$(count new)
    ingest "$S"
    assert_equal "$(count found),$(count duplicate)" "$documents,$documents"
    rm "$S"/*
    holdfast show HF0000001 --native - > "$BATS_TEST_TMPDIR/out"
    [ -s "$BATS_TEST_TMPDIR/out" ]
}

@test "stored, then in place: what is new lies in place, what is stored stays so" {
    new_vault
    echo "the apple" > "$S/a.txt"
    old "$S/a.txt"
    ingest "$S"
    echo "the birch" > "$S/b.txt"
    old "$S/b.txt"
    ingest --in-place "$S"
    assert_equal "$(balance_of)" 2/1/1/0/0/0
    assert_status 0 holdfast verify
}

@test "of several paths a missing one is an exception, until it is there" {
    new_vault
    echo "the apple" > "$S/a.txt"
    echo "the birch" > "$S/b.txt"
    old "$S"/*
    balance=$(printf '%s\n' "$S/a.txt" "$S/missing.txt" "$S/b.txt" | holdfast --quiet ingest --format json - | tail -n 1)
    assert_equal "$(balance_of)" 3/2/0/0/0/1
    assert_equal "$(open_exceptions)" 1
    echo "the cedar" > "$S/missing.txt"
    ingest "$S/missing.txt"
    assert_equal "$(count new)" 1
    assert_equal "$(open_exceptions)" 0
}

@test "a file that could not be read is an exception until it can" {
    [ "$(id -u)" -ne 0 ] || skip "root reads everything"
    new_vault
    echo "the apple" > "$S/a.txt"
    mkdir "$S/folder"
    echo "the birch" > "$S/folder/b.txt"
    old "$S/a.txt" "$S/folder/b.txt"
    chmod 000 "$S/a.txt" "$S/folder"
    ingest "$S"
    assert_equal "$(count exception)" 2
    ingest "$S"
    assert_equal "$(count exception)" 2
    assert_equal "$(open_exceptions)" 2
    chmod 755 "$S/a.txt" "$S/folder"
    ingest "$S"
    assert_equal "$(balance_of)" 2/2/0/0/0/0
    assert_equal "$(open_exceptions)" 0
}

@test "with a matter and again without: two documents, each in its own" {
    new_vault
    echo "the apple" > "$S/a.txt"
    old "$S/a.txt"
    holdfast matter add M
    ingest --matter M "$S"
    ingest "$S"
    assert_equal "$(balance_of)" 1/1/0/0/0/0
    ingest --matter M "$S"
    assert_equal "$(balance_of)" 1/0/0/1/0/0
    assert_equal "$(ids matter:M)" HF0000001
}

@test "known files inside archives are left out, attachments are not" {
    new_vault
    mkdir "$S/in"
    echo "the apple" > "$S/in/a.txt"
    echo "the birch" > "$S/in/b.txt"
    tar -C "$S/in" -cf "$S/a.tar" a.txt b.txt
    rm -r "$S/in"
    printf 'From: a@x.example\nSubject: s\nDate: Sat, 16 Mar 2019 09:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nbody\n--b\nContent-Type: text/plain; name=b.txt\nContent-Disposition: attachment; filename=b.txt\nContent-Transfer-Encoding: base64\n\n%s\n--b--\n' "$(echo "the birch" | base64)" > "$S/m.eml"
    echo "the birch" | md5sum | cut -c1-32 > "$BATS_TEST_TMPDIR/known"
    ingest --known-hashes "$BATS_TEST_TMPDIR/known" "$S"
    assert_equal "$(balance_of)" 4/3/0/0/1/0
    assert_equal "$(paths birch)" "$S/m.eml!/b.txt"
}

@test "an index that was lost is built again" {
    new_vault
    echo "the apple" > "$S/a.txt"
    mbox 1 2 > "$S/box.mbox"
    ingest "$S"
    rm -r "${V:?}"/index/*
    assert_status 0 holdfast reindex --all
    assert_equal "$(paths apple)" "$S/a.txt"
    assert_equal "$(paths word2 | wc -l)" 1
}
