#!/usr/bin/env bats
load helpers

@test "the samples end in a balance that adds up, and again as unchanged" {
    new_vault
    holdfast matter add ACME-01
    ingest --matter ACME-01 --custodian-from 'users/{custodian}/' "$SAMPLES"
    assert_balanced
    [ "$(count new)" -gt 30 ]
    [ "$(count duplicate)" -ge 3 ]
    local found=$(count found) exception=$(count exception)
    ingest --matter ACME-01 --custodian-from 'users/{custodian}/' "$SAMPLES"
    assert_balanced
    assert_equal "$(count new)" 0 "new"
    assert_equal "$(count duplicate)" 0 "duplicate"
    assert_status 0 holdfast verify
}

@test "the run ends with exit status 1 when exceptions are open, else 0" {
    new_vault
    echo one > "$S/one.txt"
    assert_status 0 holdfast --quiet ingest "$S"
    cp "$SAMPLES/shared/trouble/locked.zip" "$S"
    assert_status 1 holdfast --quiet ingest "$S"
}

@test "the same bytes at two custodians' are one document at two places" {
    new_vault
    mkdir -p "$S/users/jane" "$S/users/john"
    echo "the gasket is green" | tee "$S/users/jane/a.txt" > "$S/users/john/b.txt"
    ingest --custodian-from 'users/{custodian}/' "$S"
    assert_equal "$(count new),$(count duplicate)" "1,1"
    assert_equal "$(ids gasket | wc -l)" 1
    assert_equal "$(paths gasket | sort)" "$(printf '%s\n' "$S/users/jane/a.txt" "$S/users/john/b.txt")"
    assert_equal "$(ids 'custodian:jane and gasket')" "$(ids 'custodian:john and gasket')"
}

@test "an attachment equal to a loose file stays with its parent" {
    new_vault
    cp "$SAMPLES/users/jane/report.docx" "$SAMPLES/users/jane/mail/family.eml" "$S"
    ingest "$S"
    assert_equal "$(ids '"metallurgical opinion"' | wc -l)" 2
}

@test "a message that two people have is one family, whatever its transport headers" {
    new_vault
    cp "$SAMPLES/users/jane/mail/stop.eml" "$S/jane.eml"
    cp "$SAMPLES/users/john/Maildir/cur/1552403107.1.acme:2,S" "$S/john.eml"
    ingest "$S"
    assert_equal "$(count new),$(count duplicate)" "1,1"
    assert_equal "$(paths '"porous castings"' | wc -l)" 2
}

@test "matters are kept apart" {
    new_vault
    echo "the gasket is green" > "$S/a.txt"
    holdfast matter add A
    holdfast matter add B
    ingest --matter A "$S"
    ingest --matter B "$S"
    assert_equal "$(count new),$(count duplicate)" "1,0"
    assert_equal "$(ids gasket | wc -l)" 2
    assert_equal "$(ids 'matter:A and gasket' | wc -l)" 1
}

@test "a changed file is read again, a vanished and a moved one are noticed" {
    new_vault
    echo "first wording" > "$S/a.txt"
    echo "will vanish" > "$S/b.txt"
    echo "will move" > "$S/c.txt"
    touch -d '2019-01-01' "$S"/*.txt
    ingest "$S"
    assert_equal "$(count new)" 3
    echo "second wording" > "$S/a.txt"
    rm "$S/b.txt"
    mkdir "$S/below"
    mv "$S/c.txt" "$S/below/c.txt"
    ingest "$S"
    assert_balanced
    assert_equal "$(count found)" 2 "found"
    assert_equal "$(count new)" 1 "new"
    assert_equal "$(count exception)" 0 "exception"
    assert_equal "$(paths '"second wording"')" "$S/a.txt"
    assert_equal "$(ids '"first wording"' | wc -l)" 1
    assert_equal "$(ids '"will vanish"' | wc -l)" 1
    assert_status 0 holdfast verify
}

@test "a second run over an unchanged tree reads no content" {
    new_vault
    echo "read once" > "$S/a.txt"
    touch -d '2019-01-01' "$S/a.txt"
    ingest "$S"
    chmod 000 "$S/a.txt" # changes ctime: from here on it must be looked at again
    chmod 644 "$S/a.txt"
    ingest "$S"
    touch -a -d '2001-01-01' "$S/a.txt" 2> /dev/null
    ingest "$S"
    local accessed
    accessed=$(stat -c %X "$S/a.txt")
    ingest "$S"
    assert_equal "$(count unchanged)" 1
    assert_equal "$(stat -c %X "$S/a.txt")" "$accessed"
}

@test "in a grown mbox only the new message is new" {
    new_vault
    cp "$SAMPLES/users/john/archive.mbox" "$S/box.mbox"
    ingest "$S"
    local first
    first=$(count new)
    printf 'From late@acme.example Sat Mar 16 09:00:00 2019\nFrom: late@acme.example\nSubject: Late\nDate: Sat, 16 Mar 2019 09:00:00 +0000\nMessage-ID: <late@acme.example>\n\nA latecomer among the letters.\n\n' >> "$S/box.mbox"
    ingest "$S"
    assert_balanced
    assert_equal "$(count new)" 1 "new"
    assert_equal "$(count unchanged)" "$first" "unchanged"
    [[ $(paths latecomer) == "$S/box.mbox!/"* ]]
}

@test "what a setting leaves out is excluded and counted" {
    new_vault
    mkdir "$S/tmp"
    echo a > "$S/a.txt"
    echo b > "$S/b.log"
    echo c > "$S/tmp/c.txt"
    head -c 5000 /dev/zero | tr '\0' x > "$S/big.txt"
    touch -d '2001-01-01' "$S/a.txt"
    ingest --include '*.txt' --exclude 'tmp/**' --max-size 1000 "$S"
    assert_balanced
    assert_equal "$(count new),$(count excluded)" "1,3"
    V=$BATS_TEST_TMPDIR/second
    new_vault
    ingest --date-to 2001-12-31 "$S"
    assert_equal "$(count new),$(count excluded)" "1,3"
    V=$BATS_TEST_TMPDIR/third
    new_vault
    ingest --date-from 2002-01-01 "$S"
    assert_equal "$(count new),$(count excluded)" "3,1"
}

@test "known files are left out by any of their hashes" {
    new_vault
    echo one > "$S/1.txt"
    echo two > "$S/2.txt"
    echo three > "$S/3.txt"
    echo four > "$S/4.txt"
    {
        md5sum < "$S/1.txt" | cut -c1-32
        sha1sum < "$S/2.txt" | cut -c1-40 | tr a-f A-F
        sha256sum < "$S/3.txt" | cut -c1-64
    } > "$BATS_TEST_TMPDIR/known"
    ingest --known-hashes "$BATS_TEST_TMPDIR/known" "$S"
    assert_balanced
    assert_equal "$(count new),$(count excluded)" "1,3"
    assert_equal "$(paths four)" "$S/4.txt"
}

@test "a list of the NSRL as RDSv2 text leaves out what it names" {
    new_vault
    echo one > "$S/1.txt"
    echo two > "$S/2.txt"
    local sha1 md5
    sha1=$(sha1sum < "$S/1.txt" | cut -c1-40 | tr a-f A-F)
    md5=$(md5sum < "$S/1.txt" | cut -c1-32 | tr a-f A-F)
    printf '%s\r\n' '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"' \
        "\"$sha1\",\"$md5\",\"00000000\",\"1.txt\",4,1,\"WIN\",\"\"" > "$BATS_TEST_TMPDIR/NSRLFile.txt"
    ingest --known-hashes "$BATS_TEST_TMPDIR/NSRLFile.txt" "$S"
    assert_equal "$(count new),$(count excluded)" "1,1"
}

@test "paths come from standard input" {
    new_vault
    echo "apple" > "$S/a.txt"
    echo "banana" > "$S/b.txt"
    echo "cherry" > "$S/c.txt"
    balance=$(printf '%s\n' "$S/a.txt" "$S/c.txt" | holdfast --quiet ingest --format json - | tail -n 1)
    assert_balanced
    assert_equal "$(count new)" 2
    assert_equal "$(paths 'apple or banana or cherry' | sort)" "$(printf '%s\n' "$S/a.txt" "$S/c.txt")"
}

@test "names in any bytes are kept and shown safely" {
    new_vault
    echo "oddly named" > "$S"/$'latin1-\xfc.txt'
    echo "worse named" > "$S"/$'line\nbreak\x1b[31m.txt'
    ingest "$S"
    assert_equal "$(count new)" 2
    assert_equal "$(paths '"oddly named"')" "$S/latin1-\\xfc.txt"
    assert_equal "$(paths '"worse named"')" "$S/line\\x0abreak\\x1b[31m.txt"
    holdfast search --format json oddly | jq . > /dev/null
    ingest "$S"
    assert_equal "$(count unchanged)" 2
}

@test "links are not followed, special files are listed, loops are impossible" {
    new_vault
    echo "outside the source" > "$BATS_TEST_TMPDIR/outside.txt"
    echo "inside the source" > "$S/inside.txt"
    ln -s "$BATS_TEST_TMPDIR/outside.txt" "$S/link.txt"
    ln -s . "$S/loop"
    mkfifo "$S/pipe"
    ingest "$S"
    assert_balanced
    assert_equal "$(count found),$(count new),$(count excluded)" "4,1,3"
    assert_equal "$(ids '"outside the source"')" ""
    assert_status 0 holdfast report exceptions
    for name in link.txt loop pipe; do
        grep -q "$name" <<< "$output" || { echo "$name is not listed"; return 1; }
    done
}

@test "an unreadable file is an exception and the run goes on" {
    if [ "$(id -u)" -eq 0 ]; then # root reads everything, unless it gives that up
        WITH=(setpriv --bounding-set=-dac_override,-dac_read_search)
        "${WITH[@]}" true || skip "root, and cannot give up its rights"
    fi
    new_vault
    echo "closed" > "$S/closed.txt"
    echo "open" > "$S/open.txt"
    chmod 000 "$S/closed.txt"
    ingest "$S"
    assert_equal "$(count new),$(count exception)" "1,1"
    chmod 644 "$S/closed.txt"
    ingest "$S"
    assert_equal "$(count new),$(count exception)" "1,0"
}

@test "a source that is not there is an error, and the vault is unharmed" {
    new_vault
    echo one > "$S/one.txt"
    ingest "$S"
    local before files
    before=$(holdfast report runs --format json)
    files=$(cd "$V" && find . -type f ! -path './catalog.db*' -exec sha256sum {} + | sort)
    assert_status 2 holdfast --quiet ingest "$S/nonesuch"
    [[ $output == *nonesuch* ]]
    assert_status 2 holdfast --quiet ingest "$S/nonesuch" "$S/nor this"
    [[ $output == *"none of the 2 paths"*nonesuch* ]]
    assert_status 2 holdfast --quiet ingest "$S" "$V"
    [[ $output == *"lies in the vault"* ]]
    assert_equal "$(holdfast report runs --format json)" "$before"
    assert_equal "$(cd "$V" && find . -type f ! -path './catalog.db*' -exec sha256sum {} + | sort)" "$files"
    ingest "$S"
    assert_equal "$(count run)" 2
    assert_status 0 holdfast verify
}

@test "in place, bytes stay where they lie" {
    new_vault
    head -c 300000 /dev/urandom | base64 > "$S/large.txt"
    echo "the word is quince" >> "$S/large.txt"
    ingest --in-place "$S"
    assert_equal "$(count new)" 1
    local id
    id=$(ids quince)
    holdfast show "$id" --native - | cmp - "$S/large.txt"
    assert_status 0 holdfast verify
    echo "and more" >> "$S/large.txt"
    assert_status 4 holdfast verify
    [[ $output == *"$id"* ]]
}

@test "inline pictures become documents only when asked for" {
    new_vault
    cp "$SAMPLES/users/jane/mail/family.eml" "$S"
    ingest "$S"
    local few
    few=$(holdfast status --format json | jq .documents)
    V=$BATS_TEST_TMPDIR/second
    new_vault
    ingest --embedded all "$S"
    [ "$(holdfast status --format json | jq .documents)" -gt "$few" ]
}

@test "passwords open what is locked" {
    new_vault
    cp "$SAMPLES/shared/trouble/offer.pdf" "$SAMPLES/shared/trouble/locked.zip" "$S"
    ingest --password-file "$REPO/samples/passwords.txt" "$S"
    assert_equal "$(count exception)" 0
    assert_equal "$(paths '"settlement offer"')" "$S/offer.pdf"
    assert_equal "$(paths '"draft settlement"')" "$S/locked.zip!/locked.txt"
}

@test "nothing outside the vault is written" {
    new_vault
    cp -a "$SAMPLES" "$S/acme"
    local before
    before=$(cd "$BATS_TEST_TMPDIR" && find source -printf '%p %s %T@ %y\n' | sort)
    cd "$S"
    ingest "$S/acme"
    assert_equal "$(cd "$BATS_TEST_TMPDIR" && find source -printf '%p %s %T@ %y\n' | sort)" "$before"
    [ ! -e /etc/holdfast-escape ] && [ ! -e "$BATS_TEST_TMPDIR/escape.txt" ] && [ ! -e "$S/escape.txt" ]
    assert_equal "$(find "$V" -name '*escape*')" ""
    paths '"out of its archive"' | grep -q 'slip.zip!/'
}

@test "an empty list is a sentence for people and nothing for programs" {
    new_vault
    local list
    for list in "matter list" "custodian list" "report runs"; do
        # shellcheck disable=SC2086
        assert_equal "$(holdfast $list 2> /dev/null)" "" "$list"
        # shellcheck disable=SC2086
        assert_equal "$(holdfast --quiet $list 2>&1)" "" "$list, quiet"
        # shellcheck disable=SC2086
        assert_equal "$(holdfast $list --format json 2>&1)" "[]" "$list as JSON"
        # shellcheck disable=SC2086
        assert_status 0 holdfast $list
        [[ $output == "No ${list##* }"*"yet"* || $output == "No ${list%% *}s yet"* ]]
    done
}

@test "a matter has a title and a client; one that is not there is refused" {
    new_vault
    echo x > "$S/x.txt"
    assert_status 2 holdfast --quiet ingest --matter ACME-01 "$S"
    [[ $output == *"matter add ACME-01"* ]]
    assert_status 0 holdfast matter add ACME-01 --title "Acme v. Example" --client "Acme Pumps Ltd" --timezone Europe/London
    assert_status 0 holdfast matter list
    [[ $output == *ACME-01* && $output == *"Acme v. Example"* ]]
    assert_status 2 holdfast matter add ACME-01 --title again
}

@test "custodians have aliases and merge, and the merge can be taken back" {
    new_vault
    assert_status 0 holdfast custodian add "Jane Roe"
    assert_status 0 holdfast custodian alias "Jane Roe" jroe
    echo "a plum" > "$S/a.txt"
    ingest --custodian jroe "$S"
    assert_equal "$(ids 'custodian:"Jane Roe"' | wc -l)" 1
    echo "a pear" > "$S/b.txt"
    ingest --custodian "J. Roe (old)" "$S"
    assert_status 0 holdfast custodian merge "J. Roe (old)" "Jane Roe"
    assert_equal "$(ids 'custodian:"Jane Roe"' | wc -l)" 2
}
