#!/usr/bin/env bats
load helpers

@test "the report has path, stage, reason and what to do" {
    new_vault
    cp -r "$SAMPLES/shared/trouble" "$S"
    ingest "$S"
    assert_balanced
    exceptions > "$BATS_TEST_TMPDIR/report.json"
    jq . "$BATS_TEST_TMPDIR/report.json" > /dev/null
    rows() { jq -r '.. | objects | select(has("reason")) | [.path, .stage, .reason] | @tsv' "$BATS_TEST_TMPDIR/report.json"; }
    rows | grep -qP 'offer\.pdf\t[a-z]+\tencrypted'
    rows | grep -qP 'locked\.zip.*\t[a-z]+\tencrypted'
    rows | grep -qP 'scan\.pdf\t[a-z]+\tno-text'
    rows | grep -qP 'truncated\.zip.*\t[a-z]+\t(truncated|damaged)'
    rows | grep -qP 'truncated\.docx\t[a-z]+\t(truncated|damaged)'
    rows | grep -qP 'noise\.bin\t[a-z]+\tunsupported'
    rows | grep -qP 'slip\.zip!/.*escape.*\t[a-z]+\tunsafe-name'
    assert_status 1 holdfast report exceptions
    [[ $output == *offer.pdf* && $output == *password* ]]
}

@test "what could be read of a cut archive was read" {
    new_vault
    ingest "$SAMPLES/shared/trouble/truncated.zip"
    assert_balanced
    [[ $(paths '"first member of a cut archive"') == *'truncated.zip!/first.txt' ]]
}

@test "retry with a password resolves, and control numbers stay" {
    new_vault
    cp "$SAMPLES/shared/trouble/offer.pdf" "$SAMPLES/shared/trouble/locked.zip" "$S"
    holdfast matter add M
    ingest --matter M "$S"
    local offer
    offer=$(ids 'path:offer')
    [ -n "$offer" ]
    assert_status 1 holdfast exception retry
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"settlement offer"')" "$offer"
    [[ $(paths '"draft settlement"') == *'locked.zip!/locked.txt' ]]
    assert_status 0 holdfast report exceptions
    assert_status 0 holdfast verify
    ingest --matter M "$S"
    assert_equal "$(count new),$(count exception)" "0,0"
}

@test "a repaired file takes the place, the original is kept" {
    new_vault
    cp "$SAMPLES/shared/trouble/truncated.docx" "$S/report.docx"
    ingest "$S"
    local id
    id=$(ids 'path:report')
    assert_status 0 holdfast exception replace "$id" "$SAMPLES/users/jane/report.docx"
    assert_equal "$(ids '"boxed warning"')" "$id"
    [ -n "$(ids '"second set of books"')" ]
    assert_status 0 holdfast report exceptions
    holdfast show "$id" --native - | cmp - "$S/report.docx"
    assert_status 0 holdfast verify
}

@test "a waived exception is closed with its reason" {
    new_vault
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    ingest "$S"
    local id
    id=$(ids 'path:noise')
    assert_status 2 holdfast exception waive "$id"
    assert_status 0 holdfast exception waive --reason "random bytes, agreed with counsel" "$id"
    assert_status 0 holdfast report exceptions
    [[ $output == *waived* ]]
    assert_status 0 holdfast show "$id" --history
    [[ $output == *"agreed with counsel"* || ${output,,} == *waive* ]]
    assert_status 0 holdfast verify
}

LOCKED_ZIP="$REPO/tests/cli/locked-zip"

# Numbers of a row of the balance: found new duplicate unchanged excluded exception.
balance_of() { # path [run]
    holdfast report balance --format json ${2:+--run "$2"} |
        jq -r --arg p "$1" '.[] | select(.path == $p) | "\(.found) \(.new) \(.duplicate) \(.unchanged) \(.excluded) \(.exception)"'
}
status_of() { holdfast status --format json | jq "$1"; }

@test "a wrong password leaves it open, the right one resolves it, and a second retry does nothing" {
    new_vault
    cp "$SAMPLES/shared/trouble/offer.pdf" "$S"
    ingest "$S"
    echo wrong > "$BATS_TEST_TMPDIR/wrong"
    assert_status 1 holdfast exception retry --password-file "$BATS_TEST_TMPDIR/wrong"
    assert_equal "$(exceptions | jq -c '[.[] | [.id, .state]]')" '[[1,"open"]]'
    assert_equal "$(ids '"settlement offer"')" ""
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"settlement offer"')" HF0000001
    assert_equal "$(holdfast report exceptions --all --format json | jq -r '.[].state')" resolved
    local runs
    runs=$(status_of .runs)
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(status_of .runs)" "$runs"
    assert_equal "$(status_of .exceptions_all)" 1
    assert_status 0 holdfast verify
}

@test "problems that are met again do not pile up" {
    new_vault
    cp -r "$SAMPLES/shared/trouble" "$S"
    ingest "$S"
    local before
    before=$(exceptions | jq -c '[.[] | [.id, .document, .path, .stage, .reason, .detail]]')
    assert_status 1 holdfast exception retry --force
    assert_equal "$(exceptions | jq -c '[.[] | [.id, .document, .path, .stage, .reason, .detail]]')" "$before"
    assert_equal "$(status_of '.documents, .objects, .exceptions_all' | tr '\n' ' ')" \
        "$(status_of '.documents, .objects, .exceptions' | tr '\n' ' ')"
    assert_status 0 holdfast verify
}

@test "only members that are not there yet join a container's family" {
    new_vault
    "$LOCKED_ZIP" "$S/mixed.zip" kestrel-2024 '+open.txt=lies open' 'in/first.txt=first behind the lock' \
        'second.txt=second behind the lock'
    ingest "$S"
    assert_equal "$(balance_of "$S/mixed.zip")" "1 1 0 0 0 0"
    assert_equal "$(balance_of "$S")" "2 1 0 0 0 1"
    local open zip
    open=$(ids 'path:open.txt')
    zip=$(exceptions | jq -r '.[0].document')
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(status_of .documents)" 4
    assert_equal "$(ids '"lies open"')" "$open"
    assert_equal "$(paths '"behind the lock"' | sort)" "$(printf '%s\n' "$S/mixed.zip!/in/first.txt" "$S/mixed.zip!/second.txt")"
    holdfast show "$zip" --family | grep -q first.txt
    assert_equal "$(balance_of "$S" 2)" "3 2 0 1 0 0"
    assert_equal "$(holdfast report balance --format json | jq -c '.[0] | [.open, .resolved, .exception]')" "[0,2,1]"
    assert_status 0 holdfast verify
    touch -d '2001-01-01' "$S/mixed.zip"
    ingest "$S"
    assert_balanced
    assert_equal "$(count found),$(count unchanged),$(count exception)" "4,4,0"
    assert_equal "$(paths '"lies open"')" "$S/mixed.zip!/open.txt"
    assert_status 0 holdfast verify
}

@test "what was read of a damaged container is found with each copy of it, and again with the next run" {
    new_vault
    mkdir "$S/one" "$S/two"
    cp "$SAMPLES/shared/trouble/truncated.zip" "$S/one/cut.zip"
    cp "$SAMPLES/shared/trouble/truncated.zip" "$S/one/copy.zip"
    ingest "$S/one"
    assert_balanced
    assert_equal "$(count found)" 6
    touch -d '2001-01-01' "$S"/one/*
    ingest "$S/one"
    assert_equal "$(count found),$(count unchanged)" "6,6"
    "$LOCKED_ZIP" "$S/two/outer.zip" none "+in/cut.zip=@$SAMPLES/shared/trouble/truncated.zip"
    ingest "$S/two"
    assert_equal "$(count found),$(count duplicate)" "3,3"
    assert_equal "$(balance_of "$S/two/outer.zip")" "3 0 3 0 0 0"
    assert_equal "$(paths '"first member of a cut archive"' | sort)" \
        "$(printf '%s\n' "$S/one/copy.zip!/first.txt" "$S/one/cut.zip!/first.txt" "$S/two/outer.zip!/in/cut.zip!/first.txt")"
    assert_status 0 holdfast verify
}

@test "members that the run was told to leave out stay out" {
    new_vault
    "$LOCKED_ZIP" "$S/box.zip" kestrel-2024 'a.txt=wanted' 'b.tmp=not wanted'
    ingest --exclude '*.tmp' "$S"
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(paths wanted)" "$S/box.zip!/a.txt"
    assert_equal "$(balance_of "$S" 2)" "3 1 0 1 1 0"
    assert_equal "$(holdfast report excluded --run 2 --format json | jq -r '.[].path')" "$S/box.zip!/b.tmp"
}

@test "a locked archive of many members, one of them an archive, a mail and a broken file" {
    new_vault
    "$LOCKED_ZIP" "$BATS_TEST_TMPDIR/inner.zip" none '+deep.txt=deep inside'
    "$LOCKED_ZIP" "$S/many.zip" kestrel-2024 'm*600=one of many' "inner.zip=@$BATS_TEST_TMPDIR/inner.zip" \
        "family.eml=@$SAMPLES/users/jane/mail/family.eml" "truncated.docx=@$SAMPLES/shared/trouble/truncated.docx"
    ingest "$S"
    exceptions | jq -e 'length > 1 and length < 600' > /dev/null
    assert_status 1 holdfast --quiet exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"one of many"' | wc -l)" 600
    assert_equal "$(paths '"deep inside"')" "$S/many.zip!/inner.zip!/deep.txt"
    paths '"metallurgical opinion"' | grep -q "many.zip!/family.eml!/"
    assert_equal "$(exceptions | jq -r '[.[] | [.path, .reason]] | unique | .[] | @tsv')" \
        "$S/many.zip!/truncated.docx"$'\t'truncated
    assert_equal "$(balance_of "$S/many.zip!/inner.zip" 2)" "1 1 0 0 0 0"
    assert_status 0 holdfast verify
    assert_status 1 holdfast exception retry --force
    assert_equal "$(ids '"one of many"' | wc -l)" 600
    assert_status 0 holdfast verify
}

@test "a locked attachment is opened, and its number stays" {
    new_vault
    {
        printf 'From: a@acme.example\nTo: b@acme.example\nSubject: Offer\nDate: Mon, 11 Mar 2019 09:00:00 +0000\nMIME-Version: 1.0\n'
        printf 'Content-Type: multipart/mixed; boundary=XX\n\n--XX\nContent-Type: text/plain\n\nSee the offer.\n'
        printf -- '--XX\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=offer.pdf\nContent-Transfer-Encoding: base64\n\n'
        base64 "$SAMPLES/shared/trouble/offer.pdf"
        printf -- '--XX\nContent-Type: application/zip\nContent-Disposition: attachment; filename=locked.zip\nContent-Transfer-Encoding: base64\n\n'
        base64 "$SAMPLES/shared/trouble/locked.zip"
        printf -- '--XX--\n'
    } > "$S/offer.eml"
    ingest "$S"
    assert_equal "$(count new),$(count exception)" "1,2"
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"settlement offer"')" HF0000002
    assert_equal "$(paths '"draft settlement"')" "$S/offer.eml!/locked.zip!/locked.txt"
    assert_equal "$(status_of '.documents, .families, .exceptions' | tr '\n' ' ')" "4 1 0 "
    assert_status 0 holdfast verify
}

@test "what lies in place is read where it lies, if it is still the same" {
    new_vault
    cp "$SAMPLES/shared/trouble/offer.pdf" "$S"
    ingest --in-place "$S"
    assert_status 0 holdfast exception retry --password-file "$REPO/samples/passwords.txt"
    assert_equal "$(ids '"settlement offer"')" HF0000001
    V=$BATS_TEST_TMPDIR/second
    new_vault
    ingest --in-place "$S"
    echo more >> "$S/offer.pdf"
    assert_status 2 holdfast exception retry HF0000001 --password-file "$REPO/samples/passwords.txt"
    [[ $output == *"ingest its source again"* ]]
}

@test "an exception without a document is tried again by ingest" {
    new_vault
    echo x > "$S/x.txt"
    ingest "$S"
    assert_status 2 holdfast exception retry 1
    assert_status 2 holdfast exception retry HF0000001
    assert_status 2 holdfast exception retry nonsense
    assert_status 0 holdfast exception retry
}

@test "a repaired container's members join, a file that cannot be read either is refused" {
    new_vault
    cp "$SAMPLES/shared/trouble/noise.bin" "$S"
    head -c 60 "$SAMPLES/shared/trouble/locked.zip" > "$S/letters.zip"
    ingest "$S"
    local zip before
    zip=$(exceptions | jq -r '[.[] | select(.path | endswith("letters.zip"))][0].document')
    before=$(status_of '.documents, .objects, .runs')
    assert_status 2 holdfast exception replace "$zip" "$SAMPLES/shared/trouble/locked.zip"
    assert_status 2 holdfast exception replace "$zip" "$S/nonesuch"
    assert_status 2 holdfast exception replace HF0009999 "$SAMPLES/users/jane/memo.txt"
    assert_equal "$(status_of '.documents, .objects, .runs')" "$before"
    "$LOCKED_ZIP" "$BATS_TEST_TMPDIR/repaired.zip" none '+one.txt=letter one' '+two.txt=letter two'
    assert_status 1 holdfast exception replace "$zip" "$BATS_TEST_TMPDIR/repaired.zip" --dry-run
    assert_equal "$(status_of '.documents, .objects, .runs')" "$before"
    assert_status 1 holdfast exception replace "$zip" "$BATS_TEST_TMPDIR/repaired.zip" --reason "from the backup of May"
    assert_equal "$(ids letter | wc -l)" 2
    holdfast show "$zip" --history | grep -q "backup of May"
    assert_equal "$(exceptions | jq -r '.[].reason')" unsupported
    assert_equal "$(holdfast report exceptions --all --format json | jq -r --arg d "$zip" '[.[] | select(.document == $d) | .state] | unique | .[]')" replaced
    assert_status 0 holdfast verify
    assert_status 1 holdfast exception retry --force
    assert_equal "$(ids letter | wc -l)" 2
}

@test "waiving takes documents and exceptions by number, all or none" {
    new_vault
    cp "$SAMPLES/shared/trouble/noise.bin" "$SAMPLES/shared/trouble/truncated.docx" "$S"
    ingest "$S"
    local docx noise
    docx=$(exceptions | jq -r '[.[] | select(.path | endswith("docx"))][0].document')
    noise=$(exceptions | jq -r '[.[] | select(.path | endswith("bin"))][0].id')
    assert_status 2 holdfast exception waive --reason "  " "$docx"
    assert_status 2 holdfast exception waive --reason why "$docx" 999
    assert_equal "$(exceptions | jq length)" 3
    assert_status 1 holdfast exception waive --reason why --dry-run "$docx"
    assert_equal "$(exceptions | jq length)" 3
    assert_status 1 holdfast exception waive --reason "not worth it" "$docx"
    assert_equal "$(exceptions | jq length)" 1
    assert_status 0 holdfast exception waive --reason "random bytes" "$noise" "$noise"
    assert_equal "$(holdfast report balance --format json | jq -c '.[] | select(.level == "run") | [.open, .waived]')" "[0,3]"
    assert_equal "$(holdfast report exceptions --all --format json | jq -r --argjson n "$noise" '.[] | select(.id == $n) | .closed_reason')" "random bytes"
    assert_status 0 holdfast verify
}

@test "the balance holds for every source and container, and for what is found again" {
    new_vault
    holdfast matter add A
    mkdir "$S/one" "$S/two"
    cp -r "$SAMPLES/shared" "$SAMPLES/users" "$S/one"
    cp "$SAMPLES/shared/projects.zip" "$S/two"
    local adds_up='all(.[]; .found == .new + .duplicate + .unchanged + .excluded + .exception)'
    local sums='(map(select(.level == "run"))[0]) as $r | map(select(.level == "source")) |
        all(("found", "new", "duplicate", "unchanged", "excluded", "exception") as $k | (map(.[$k]) | add) == $r[$k]; .)'
    ingest --matter A "$S/one" "$S/two"
    holdfast report balance --format json > "$BATS_TEST_TMPDIR/balance.json"
    jq -e "$adds_up" "$BATS_TEST_TMPDIR/balance.json"
    jq -e "$sums" "$BATS_TEST_TMPDIR/balance.json"
    jq -e '[.[] | select(.level == "container")] | length > 15' "$BATS_TEST_TMPDIR/balance.json"
    jq -e '[.[] | select(.level == "source")] | length == 2' "$BATS_TEST_TMPDIR/balance.json"
    ingest --matter A "$S/one" "$S/two"
    holdfast report balance --format json | jq -e "($adds_up) and ($sums)"
    assert_status 0 holdfast report balance --run 1
    assert_status 2 holdfast report balance --run 99
    assert_status 0 holdfast report runs
    [[ $output == *ingest* ]]
}

@test "lists have a limit, and the formats that scripts read" {
    new_vault
    "$LOCKED_ZIP" "$S/many.zip" x 'm*300=one'
    ingest "$S"
    assert_equal "$(exceptions | jq length)" 101
    assert_equal "$( (holdfast report exceptions --limit 7 --format jsonl || true) | wc -l)" 7
    assert_equal "$( (holdfast report exceptions --limit 7 --format csv || true) | wc -l)" 8
    assert_status 1 holdfast report exceptions --limit 7
    [[ $output == *"--limit 0 shows all"* ]]
    assert_status 2 holdfast report exceptions --format ids
    assert_status 2 holdfast report nonsense
    exceptions | jq -e 'all(.[]; has("id") and has("document") and has("path") and has("stage") and has("reason") and has("detail")
        and has("advice") and has("extractor") and has("state") and has("run") and has("created"))'
}
