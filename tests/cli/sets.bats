#!/usr/bin/env bats
# What a search shows of a set: families, orders, facets, histograms, samples, places.
load helpers

letter() { # file from date subject body [attachment]
    mkdir -p "$(dirname "$1")"
    {
        printf 'From: %s\nTo: jane@acme.example\nDate: %s\nSubject: %s\nMessage-ID: <%s>\nMIME-Version: 1.0\n' \
            "$2" "$3" "$4" "$4@test"
        if [ $# -eq 5 ]; then
            printf 'Content-Type: text/plain\n\n%s\n' "$5"
        else
            printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n%s\n' "$5"
            printf -- '--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\n%s\n--b--\n' "$6"
        fi
    } > "$1"
    touch -d '2001-06-01 12:00 UTC' "$1"
}

# Four documents in three families: HF1, HF2 with its child HF3, HF4; HF1 is found with both custodians.
setup_file() {
    local V=$BATS_FILE_TMPDIR/vault S=$BATS_FILE_TMPDIR/s
    letter "$S/jane/first.eml" alice@acme.example 'Mon, 15 Jan 2001 23:30:00 +0000' First 'an apple and a pear'
    letter "$S/jane/second.eml" bob@other.example 'Sat, 10 Mar 2001 08:00:00 +0000' Second 'a plum' 'an apple for the child'
    letter "$S/john/third.eml" alice@acme.example 'Tue, 01 Jul 2003 08:00:00 +0000' Third 'apple apple apple'
    cp -p "$S/jane/first.eml" "$S/john/first.eml"
    "$HF_BUILD/holdfast" init --timezone UTC "$V" > /dev/null 2>&1
    "$HF_BUILD/holdfast" --vault "$V" --quiet matter add M-1 --timezone Asia/Tokyo > /dev/null
    "$HF_BUILD/holdfast" --vault "$V" --quiet ingest --workers 1 --matter M-1 --custodian-from '{custodian}/' "$S" > /dev/null
}
setup() { V=$BATS_FILE_TMPDIR/vault S=$BATS_FILE_TMPDIR/s; }

# The subjects of the rows, or names where there are none, on one line.
row_names() { holdfast --quiet search --format json "$@" | jq -r '.[] | .title // .name' | paste -sd' '; }

@test "families: the hits are told from what they bring with them" {
    assert_equal "$(row_names apple)" "First note.txt Third"
    assert_equal "$(row_names --family apple)" "First Second note.txt Third"
    assert_equal "$(holdfast --quiet search --family --format json apple | jq -r '.[] | .hit' | paste -sd' ')" \
        "true false true true"
    assert_equal "$(holdfast search --family --count apple)" "3 of 4 documents, in 3 families with 4 members."
    assert_equal "$(holdfast search --count pear)" "1 of 4 documents, in 1 family with 1 member."
    holdfast --quiet search --family apple | grep -qE '^HF[0-9]{7}       2001-03-10 17:00  jane '
    holdfast --quiet search --family apple | grep -qE '^HF[0-9]{7}  yes  2003-07-01 17:00  john '
}

@test "orders, each both ways; what has no value is last" {
    assert_equal "$(row_names --sort date 'matter:M-1')" "First Second Third note.txt"
    assert_equal "$(row_names --sort date --reverse 'matter:M-1')" "Third Second First note.txt"
    assert_equal "$(row_names --sort family-date -r 'matter:M-1')" "Third Second note.txt First"
    assert_equal "$(row_names --sort relevance apple)" "Third note.txt First"
    assert_equal "$(row_names --sort path 'matter:M-1')" "First Second note.txt Third"
    assert_equal "$(row_names --sort path -r 'matter:M-1')" "Third note.txt Second First"
    assert_equal "$(row_names --sort custodian -r 'matter:M-1' | cut -d' ' -f1)" "Third"
    assert_equal "$(row_names --sort size 'matter:M-1' | cut -d' ' -f1)" "note.txt"
    assert_equal "$(row_names --sort number -r 'matter:M-1')" \
        "$(row_names 'matter:M-1' | tr ' ' '\n' | tac | paste -sd' ')"
    assert_status 2 holdfast search --sort colour apple
    assert_equal "$output" 'holdfast: there is no order "colour": sort by number, date, family-date, relevance, custodian, path or size'
}

@test "a page of an order is the page of the whole" {
    local all
    for order in number date relevance custodian path size; do
        all=$(holdfast --quiet search --format ids --sort $order 'matter:M-1')
        assert_equal "$(for at in 0 1 2 3 4; do
            holdfast --quiet search --format ids --sort $order --offset $at --limit 1 'matter:M-1'
        done)" "$all" "$order"
    done
    assert_equal "$(holdfast search --limit 1 --offset 1 apple | sed -n '/^3 of/,$p')" \
        $'3 of 4 documents, in 3 families with 4 members.\n2 to 2 of 3 are shown.'
    assert_equal "$(holdfast search --offset 9 apple)" \
        $'3 of 4 documents, in 3 families with 4 members.\nNone of them is shown: --offset passes over all 3.'
}

@test "every place of a document" {
    local first
    first=$(holdfast --quiet search --all-instances --format json pear)
    assert_equal "$(jq -c '.[0].instances' <<< "$first")" \
        "[{\"custodian\":\"jane\",\"path\":\"$S/jane/first.eml\",\"modified\":\"2001-06-01T12:00:00Z\"},{\"custodian\":\"john\",\"path\":\"$S/john/first.eml\",\"modified\":\"2001-06-01T12:00:00Z\"}]"
    assert_equal "$(holdfast --quiet search --all-instances pear | sed -n '3,4p')" \
        "           jane: $S/jane/first.eml, 2001-06-01 21:00
           john: $S/john/first.eml, 2001-06-01 21:00"
    holdfast --quiet search --all-instances --format csv pear |
        grep -qF "jane: $S/jane/first.eml, 2001-06-01 12:00; john: $S/john/first.eml, 2001-06-01 12:00"
    assert_equal "$(holdfast --quiet search --format json pear | jq '.[0] | has("instances")')" false
}

@test "facets count the values, and what has none" {
    assert_equal "$(holdfast --quiet search --facet custodian,from-domain,year,matter 'matter:M-1' | sed 's/ *$//')" \
        "Custodian  Documents   Share
jane               3  75.0 %  ████████████████████████████████████████
john               2  50.0 %  ██████████████████████████▋
A document counts once for each of its custodians: 5 in all, for 4 documents.

Sender's domain  Documents   Share
acme.example             2  50.0 %  ████████████████████████████████████████
other.example            1  25.0 %  ████████████████████
(no sender)              1  25.0 %  ████████████████████

Year       Documents   Share
2001               2  50.0 %  ████████████████████████████████████████
2003               1  25.0 %  ████████████████████
(no date)          1  25.0 %  ████████████████████

Matter  Documents    Share
M-1             4  100.0 %  ████████████████████████████████████████"
}

@test "facets for programs" {
    assert_equal "$(holdfast --quiet search --facet type,month --format csv apple | tr -d '\r')" \
        "facet,value,documents,share
type,email,2,66.6667
type,text,1,33.3333
month,2001-01,1,33.3333
month,2003-07,1,33.3333
month,,1,33.3333"
    assert_equal "$(holdfast --quiet search --facet custodian --format json pear)" \
        '[{"facet":"custodian","value":"jane","documents":1,"share":100.0000},
{"facet":"custodian","value":"john","documents":1,"share":100.0000}]'
    assert_equal "$(holdfast --quiet search --facet custodian --format json zyzzyva)" "[]"
    assert_equal "$(holdfast --quiet search --facet custodian --limit 1 --format jsonl 'matter:M-1' | jq -r .value)" jane
    assert_status 2 holdfast search --facet colour apple
    assert_status 2 holdfast search --facet type --format ids apple
    assert_status 2 holdfast search --facet type --sort date apple
    assert_status 2 holdfast search --facet type --histogram year apple
}

@test "a facet's count is that of the search for the value" {
    local value documents
    holdfast --quiet search --facet custodian,type,year,language --format jsonl 'matter:M-1' > "$BATS_TEST_TMPDIR/facets"
    while IFS=$'\t' read -r query documents; do
        assert_equal "$(holdfast --quiet search --format ids "$query" | wc -l)" "$documents" "$query"
    done < <(jq -r 'select(.value) | [({custodian: "custodian:", type: "type:", year: "date:", language: "language:"}[.facet])
        + .value, .documents] | @tsv' "$BATS_TEST_TMPDIR/facets")
}

@test "a histogram shows its gaps, and what has no date" {
    assert_equal "$(holdfast --quiet search --histogram year 'matter:M-1' | sed 's/ *$//')" \
        "Year       Documents   Share
2001               2  50.0 %  ████████████████████████████████████████
2002               0   0.0 %
2003               1  25.0 %  ████████████████████
(no date)          1  25.0 %  ████████████████████"
    assert_equal "$(holdfast --quiet search --histogram month --format csv 'matter:M-1' | tr -d '\r')" \
        "unit,period,first_day,last_day,periods,documents,share
month,2001-01,2001-01-01,2001-01-31,1,1,25.0000
month,2001-02,2001-02-01,2001-02-28,1,0,0.0000
month,2001-03,2001-03-01,2001-03-31,1,1,25.0000
month,2001-04,2001-04-01,2003-06-30,27,0,0.0000
month,2003-07,2003-07-01,2003-07-31,1,1,25.0000
month,,,,,1,25.0000"
}

@test "a day is a day of the matter's zone" {
    assert_equal "$(holdfast --quiet search --histogram day --format jsonl pear | jq -r '.period // "none"' | paste -sd' ')" \
        "2001-01-16 none"
    assert_equal "$(holdfast --quiet search --histogram week --format jsonl pear | jq -r '.period // "none"' | paste -sd' ')" \
        "2001-W03 none"
    assert_equal "$(holdfast --quiet search --histogram auto --format jsonl 'matter:M-1' | jq -r .unit | uniq)" day
    assert_status 2 holdfast search --histogram decade apple
}

@test "a sample is the one that anybody can draw" {
    local drawn
    drawn=$(for id in $(ids 'matter:M-1'); do
        echo "$(printf '42 %s' "$id" | sha256sum | cut -c1-64) $id"
    done | sort | head -n 2 | cut -d' ' -f2 | sort)
    assert_equal "$(holdfast --quiet search --format ids --sample 2 --seed 42 'matter:M-1')" "$drawn"
    assert_equal "$(holdfast --quiet search --format ids --sample 50% --seed 42 'matter:M-1')" "$drawn"
    assert_equal "$(holdfast --quiet search --format ids --sample 100% 'matter:M-1')" "$(ids 'matter:M-1')"
    assert_equal "$(holdfast --quiet search --format ids --sample 9 --seed 1 apple)" "$(ids apple)"
    assert_equal "$(holdfast search --count --sample 2 --seed 42 --stratify custodian 'matter:M-1')" \
        "4 of 4 documents, in 3 families with 4 members.
A sample of 2 documents, drawn with --seed 42 from each custodian's:
  2 of 3: jane
  0 of 1: john"
}

@test "a seed that was not given is told, and draws the same again" {
    local seed
    holdfast search --format ids --sample 2 'matter:M-1' > "$BATS_TEST_TMPDIR/a" 2> "$BATS_TEST_TMPDIR/said"
    seed=$(sed -n 's/^A sample of 2 documents, drawn with --seed \([0-9]*\)\.$/\1/p' "$BATS_TEST_TMPDIR/said")
    holdfast --quiet search --format ids --sample 2 --seed "$seed" 'matter:M-1' | cmp - "$BATS_TEST_TMPDIR/a"
    for wrong in 0 -1 0% 101% 5%% x '' 1.5; do
        assert_status 2 holdfast search --sample "$wrong" apple
    done
    assert_status 2 holdfast search --seed 4 apple
    assert_status 2 holdfast search --stratify custodian apple
    assert_status 2 holdfast search --sample 2 --stratify type apple
    assert_status 2 holdfast search --sample 2 --seed x apple
}

@test "the numbers alone, for programs" {
    assert_equal "$(holdfast search --count --format json 'apple or zyzzyva')" \
        '{"query":"apple or zyzzyva","read_as":"apple or zyzzyva","matter":null,"scope":4,"documents":3,"families":3,"with_families":4,"no_text":{"documents":0,"reasons":{}},"partial_text":{"documents":0,"reasons":{}},"encoded_left_out":0,"not_indexed":0,"unknown_words":["zyzzyva"]}'
    assert_equal "$(holdfast search --matter m-1 --count --format json --sample 1 --seed 3 apple | jq -c '[.matter,.sample]')" \
        '["M-1",{"documents":1,"seed":3}]'
    holdfast search --count --format json --explain apple | jq -e .explain > /dev/null
    assert_status 2 holdfast search --count --format csv apple
    assert_equal "$(holdfast --quiet search --count apple)" "3 of 4 documents, in 3 families with 4 members."
}

@test "a matter alone" {
    assert_equal "$(holdfast search --matter M-1 --count apple)" \
        "3 of 4 documents of matter M-1, in 3 families with 4 members."
    assert_status 2 holdfast search --matter M-2 apple
    [[ $output == *'"M-2"'* ]]
}

@test "words that no text can show are not spoken of where no word is asked for" {
    cp -r "$V" "$BATS_TEST_TMPDIR/v"
    V=$BATS_TEST_TMPDIR/v
    mkdir "$BATS_TEST_TMPDIR/s2"
    : > "$BATS_TEST_TMPDIR/s2/empty.txt"
    ingest "$BATS_TEST_TMPDIR/s2"
    assert_equal "$(holdfast search --count 'type:email')" "3 of 5 documents, in 3 families with 4 members."
    assert_equal "$(holdfast search --count 'type:email and not plum')" \
        "2 of 5 documents, in 2 families with 2 members.
Without text, so not found by words: 1 document (1 empty or of a kind without text).
  To list them: holdfast search has:no-text"
    [ "$(ids has:no-text | wc -l)" -eq 1 ]
}

@test "options that would change nothing are refused" {
    local options
    for options in '--count --offset 1' '--count --limit 1' '--histogram year --limit 1' '--facet type --offset 1' \
        '--facet type --all-instances' '--count --reverse' '--all-instances --format ids' '--count --facet type'; do
        # shellcheck disable=SC2086 # several options
        assert_status 2 holdfast search $options apple
    done
}

@test "a result that cannot be written is an error" {
    for format in ids paths json table; do
        assert_status 70 eval "holdfast --quiet search --format $format apple > /dev/full"
    done
    assert_status 70 eval 'holdfast search --count --format json apple > /dev/full'
    assert_status 70 eval 'holdfast search --facet type apple > /dev/full'
}
