#!/usr/bin/env bats
load helpers

# What the index keeps beside words: it is the same whether a document came in or was indexed again from what is stored.
setup_file() {
    V=$BATS_FILE_TMPDIR/vault
    "$HF_BUILD/holdfast" init --timezone UTC "$V" > /dev/null 2>&1
    "$HF_BUILD/holdfast" --vault "$V" --quiet matter add EAST --timezone America/New_York > /dev/null
    "$HF_BUILD/holdfast" --vault "$V" --quiet matter add PLAIN > /dev/null
    "$HF_BUILD/holdfast" --vault "$V" --quiet ingest --matter PLAIN \
        "$BATS_TEST_DIRNAME/../../samples/acme" > /dev/null || [ $? -eq 1 ]
    mkdir "$BATS_FILE_TMPDIR/east"
    printf 'From: a@b.example\nDate: Mon, 11 Mar 2019 22:30:00 -0400\nMessage-ID: <Late.1@b.example>\nSubject: late\n\nlate\n' \
        > "$BATS_FILE_TMPDIR/east/late.eml"
    "$HF_BUILD/holdfast" --vault "$V" --quiet ingest --matter EAST "$BATS_FILE_TMPDIR/east" > /dev/null || [ $? -eq 1 ]
}
setup() { V=$BATS_FILE_TMPDIR/vault; }

FIELDS=(date:1990.. familydate:1990.. sent:1990.. received:1990.. created:1990.. modified:1990.. 'date:2019-03'
    'size:>1000' 'size:1..1000' language:en language:de language:none type:email type:word 'mime:text/*' has:attachment
    has:parent has:text has:no-text has:partial-text has:date has:exception has:encrypted has:hidden has:comments
    has:tracked-changes source:samples source:1 matter:EAST msgid:Late.1@b.example)

answers() {
    local query
    for query in "${FIELDS[@]}"; do
        printf '%s: %s\n' "$query" "$(ids "$query" | sort | tr '\n' ' ')"
    done
}

@test "fields answer the same after everything was indexed again" {
    local before
    before=$(answers)
    assert_equal "$(grep -c ': $' <<< "$before")" 0 "fields that find nothing"
    assert_status 0 holdfast --quiet reindex --all
    assert_equal "$(answers)" "$before"
}

@test "facets name what the columns hold" {
    local before
    before=$(holdfast --quiet search --facet from-domain,language,type --format csv 'date:1990.. or not date:1990..')
    [[ $before == *example* ]]
    assert_status 0 holdfast --quiet reindex --all
    assert_equal "$(holdfast --quiet search --facet from-domain,language,type --format csv 'date:1990.. or not date:1990..')" \
        "$before"
}

@test "a day is a day of the matter's zone" {
    assert_equal "$(ids 'sent:2019-03-11 and subject:late' | wc -l)" 1
    assert_equal "$(ids 'sent:2019-03-12 and subject:late')" ""
    assert_equal "$(holdfast --quiet search --matter EAST --format ids 'date:2019-03-11' | wc -l)" 1
}

@test "a message's modified is its own, not its file's" {
    assert_equal "$(ids 'modified:1990.. and type:email')" ""
    assert_equal "$(ids 'not has:date and has:exception' | sort)" "$(ids 'not date:1990.. and has:exception' | sort)"
}

@test "what no vault has yet is refused, and where" {
    local query
    for query in hold:any production:P bates:A1 tag:hot saved:mine source:99 source:/nowhere/at/all; do
        assert_status 2 holdfast search "$query"
        [[ $output == *^* ]] || { echo "no place is shown: $query: $output"; return 1; }
    done
}
