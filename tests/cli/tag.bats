#!/usr/bin/env bats
load helpers

# Five documents: two loose files, a message with an attachment, and one without text.
make_vault() {
    new_vault
    holdfast --quiet matter add ACME-01
    holdfast --quiet matter add OTHER-02
    mkdir -p "$S/acme" "$S/other"
    echo 'the valve is thin' > "$S/acme/a.txt"
    echo 'the pump is loud' > "$S/acme/b.txt"
    printf '%s\n' 'From: jane@acme.example' 'To: john@acme.example' 'Subject: valve report' \
        'Date: Wed, 13 Mar 2019 10:00:05 +0100' 'Message-ID: <1@acme.example>' 'MIME-Version: 1.0' \
        'Content-Type: multipart/mixed; boundary="b"' '' '--b' 'Content-Type: text/plain' '' 'See the valve.' \
        '--b' 'Content-Type: text/plain; name="c.txt"' 'Content-Disposition: attachment; filename="c.txt"' '' \
        'nothing of interest' '--b--' > "$S/acme/m.eml"
    echo 'a valve elsewhere' > "$S/other/d.txt"
    ingest --matter ACME-01 --custodian Jane "$S/acme"
    ingest --matter OTHER-02 --custodian John "$S/other"
}

tagged() { # tag -> how many documents have it
    holdfast tag list --format json | jq -r --arg tag "$1" '.[] | select(.tag == $tag) | .documents'
}

@test "tag add tags what a query finds, and says what it did" {
    make_vault
    assert_status 0 holdfast tag add responsive valve
    assert_equal "$output" "Tagged \"responsive\": 3 documents; 0 had it already.
Chosen by the query: 3 documents of 3 families.
Of the same families, but not chosen: 1 document (--family takes them in)."
    assert_status 0 holdfast tag add --family responsive valve
    assert_equal "$output" "Tagged \"responsive\": 1 document; 3 had it already.
Chosen by the query: 3 documents of 3 families; with the rest of them 4 documents."
    assert_equal "$(tagged responsive)" 4
    assert_status 0 holdfast tag remove responsive pump or valve
    assert_equal "$output" "Untagged \"responsive\": 3 documents; 1 did not have it.
Chosen by the query: 4 documents of 4 families.
Of the same families, but not chosen: 1 document (--family takes them in)."
    assert_equal "$(tagged responsive)" 1
}

@test "tag add --matter stays inside the matter" {
    make_vault
    assert_status 0 holdfast tag add --matter ACME-01 hot valve
    [[ $output == 'Tagged "hot": 2 documents;'* ]]
    assert_status 2 holdfast tag add --matter NONE hot valve
}

@test "--dry-run says the same and changes nothing" {
    make_vault
    assert_status 0 holdfast tag add --dry-run responsive valve
    [[ $output == 'Would tag "responsive": 3 documents; 0 had it already.'*'Nothing was changed.' ]]
    assert_equal "$(holdfast tag list --format json)" "[]"
    holdfast --quiet tag add responsive valve
    assert_status 0 holdfast tag remove --dry-run responsive valve
    [[ $output == 'Would untag "responsive": 3 documents;'* ]]
    assert_equal "$(tagged responsive)" 3
}

@test "tags of a group exclude each other" {
    make_vault
    holdfast tag group responsive review
    holdfast tag group not-responsive review
    holdfast tag add responsive valve
    assert_status 2 holdfast tag add not-responsive 'valve or pump'
    [[ $output == *"3 documents have another tag of the group \"review\""*"nothing was changed"*"--replace"* ]]
    assert_equal "$(tagged not-responsive)" 0
    assert_status 2 holdfast tag add --dry-run not-responsive 'valve or pump'
    assert_status 0 holdfast tag add --replace not-responsive 'valve and thin'
    [[ $output == 'Tagged "not-responsive": 1 document; 0 had it already.
Taken off "responsive" of the same group: 1 document.'* ]]
    assert_equal "$(tagged responsive) $(tagged not-responsive)" "2 1"
    # What has both is not put into one group.
    holdfast tag add hot valve
    assert_status 2 holdfast tag group hot review
    [[ $output == *"3 documents have another tag of the group"* ]]
    assert_status 0 holdfast tag group hot other
    assert_status 0 holdfast tag group hot --none
    assert_equal "$(holdfast tag list --format json | jq -r '.[] | select(.tag == "hot") | .group')" null
}

@test "tag add --ids takes control numbers from a file or standard input" {
    make_vault
    printf 'HF0000001\r\n\nhf2\n  HF0000003 \n' > "$S/ids.txt"
    assert_status 0 holdfast tag add seen --ids "$S/ids.txt"
    assert_equal "${lines[0]:-${output%%$'\n'*}}" 'Tagged "seen": 3 documents; 0 had it already.'
    assert_status 0 holdfast tag remove seen --ids - <<< HF0000002
    assert_equal "$(tagged seen)" 2
    # All faults at once, and nothing is changed.
    printf '\xef\xbb\xbfHF0000001\nfoo\nHF0099999\n\nHF0\n' > "$S/ids.txt"
    assert_status 2 holdfast tag add other --ids "$S/ids.txt"
    [[ $output == *'3 lines are not'*'line 2: "foo" is no control number'*'line 3: "HF0099999" is no document'*'line 5: "HF0"'* ]]
    [[ $output != *"line 1"* ]]
    printf 'HF0000001\nHF0000005\n' > "$S/ids.txt"
    assert_status 2 holdfast tag add other --matter OTHER-02 --ids "$S/ids.txt"
    [[ $output == *'line 1: "HF0000001" is no document of this matter'* ]]
    seq 1 50 > "$S/ids.txt"
    assert_status 2 holdfast tag add other --ids "$S/ids.txt"
    [[ $output == *"and 30 more"* ]]
    assert_equal "$(tagged other)" ""
    assert_status 70 holdfast tag add other --ids "$S/none.txt"
}

@test "a query that is refused tags nothing" {
    make_vault
    assert_status 2 holdfast tag add responsive 'valve and pump or thin'
    [[ $output == *"no tag was changed"*"^"* ]]
    assert_status 2 holdfast tag add responsive 'valve and'
    assert_status 2 holdfast tag add 'two words' valve
    assert_status 2 holdfast tag add responsive
    assert_status 2 holdfast tag add
    assert_status 2 holdfast tag add responsive valve --ids "$S/ids.txt"
    assert_status 2 holdfast tag remove responsive valve --replace
    assert_status 2 holdfast tag remove nosuch valve
    [[ $output == *'there is no tag "nosuch"'* ]]
    assert_status 2 holdfast tag frobnicate
    assert_equal "$(holdfast tag list --format json)" "[]"
}

@test "tag history has each change with what chose it" {
    make_vault
    holdfast --quiet tag group hot heat
    HOLDFAST_ACTOR=jane holdfast --quiet tag add hot --reason 'first look' --family valve
    holdfast --quiet tag remove hot --ids - <<< "$(ids valve | head -n 1)"
    holdfast --quiet tag rename hot warm
    holdfast --quiet tag add other pump
    holdfast tag history warm --format json > "$BATS_TEST_TMPDIR/history"
    assert_equal "$(jq -r '.[] | [.action, .tag, .documents, .query, .family, .reason, .from, .group] | map(. // "-") | join(" ")' \
        "$BATS_TEST_TMPDIR/history")" "define hot - - - - - heat
add hot 4 valve true first look - -
remove hot 1 - - - - -
rename warm - - - - hot -"
    assert_equal "$(jq -r '.[1].actor' "$BATS_TEST_TMPDIR/history")" jane
    assert_status 0 holdfast tag history
    [[ $output == *"put into group heat"*"(a list)"*"renamed from hot"*"other"* ]]
    assert_status 2 holdfast tag history nosuch
    assert_status 0 holdfast verify
}

@test "queries ask for tags" {
    make_vault
    holdfast --quiet tag add hot valve
    assert_equal "$(ids tag:hot)" "$(ids valve)"
    assert_equal "$(ids 'tag:any and pump')" ""
    holdfast --quiet tag add cold 'tag:hot and thin'
    assert_equal "$(tagged cold)" 1
}

@test "an empty list of tags says so" {
    new_vault
    assert_status 0 holdfast tag list
    [[ $output == *"No tags yet: holdfast tag add NAME QUERY"* ]]
    assert_equal "$(holdfast tag list --format csv | tr -d "\r")" "tag,group,documents,created"
    assert_status 2 holdfast tag list --format ids
}

@test "what tag add says of documents without text is asked in the same matter" {
    make_vault
    assert_status 0 holdfast tag add hot --matter ACME-01 valve
    [[ $output != *"holdfast search"* || $output == *"holdfast search --matter ACME-01 'has:no-text or has:partial-text'"* ]]
    : > "$S/acme/none.txt"
    ingest --matter ACME-01 --custodian Jane "$S/acme"
    assert_status 0 holdfast tag add hot --matter ACME-01 valve
    [[ $output == *"holdfast search --matter ACME-01 'has:no-text or has:partial-text'"* ]]
    assert_status 0 holdfast tag add hot valve
    [[ $output == *"holdfast search 'has:no-text or has:partial-text'"* ]]
}

@test "a family shows the tags of each member, and a flag is yes or no" {
    make_vault
    holdfast --quiet tag add hot 'subject:valve'
    holdfast --quiet tag add cold --family 'subject:valve'
    id=$(ids 'subject:valve' | head -n 1)
    assert_equal "$(holdfast show --family "$id" --format json | jq -c 'map(.tags)')" '[["cold","hot"],["cold"]]'
    [[ $(holdfast show --family "$id") == *"Tags"*"cold; hot"* ]]
    [[ $(holdfast tag history hot) == *" no "* && $(holdfast tag history cold) == *" yes "* ]]
}
