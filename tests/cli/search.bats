#!/usr/bin/env bats
load helpers

# One vault of the samples for all tests of this file: searching does not change it.
setup_file() {
    V=$BATS_FILE_TMPDIR/vault
    "$HF_BUILD/holdfast" init --timezone UTC "$V" > /dev/null 2>&1
    "$HF_BUILD/holdfast" --vault "$V" --quiet matter add ACME-01 --title 'Acme v. Example' > /dev/null
    "$HF_BUILD/holdfast" --vault "$V" --quiet ingest --matter ACME-01 --custodian-from 'users/{custodian}/' \
        "$BATS_TEST_DIRNAME/../../samples/acme" > /dev/null || [ $? -eq 1 ]
}
setup() { V=$BATS_FILE_TMPDIR/vault; }

@test "every phrase of expected.tsv is found in its file" {
    local root path phrase missing=0
    root=$BATS_TEST_DIRNAME/../../samples/acme
    while IFS=$'\t' read -r path phrase; do
        [[ $path != '#'* ]] || continue
        # The place of a family is its top; a member's own path shows its container.
        if ! paths "\"$phrase\"" | sed 's|!/\./|!/|g' | grep -qF "samples/acme/${path//'!/./'/'!/'}"; then
            echo "\"$phrase\" is not found in $path but in: $(paths "\"$phrase\"" | tr '\n' ' ')"
            missing=$((missing + 1))
        fi
    done < "$root/../expected.tsv"
    assert_equal "$missing" 0 "phrases not found"
}

@test "markup, scripts and styles are not text" {
    assert_equal "$(ids scriptword)" ""
    assert_equal "$(ids '"color red"')" ""
}

@test "words, phrases, and, or, not, parentheses" {
    local both
    assert_equal "$(ids 'latecomer')" ""
    assert_equal "$(ids 'POROUS castings' | sort)" "$(ids '"porous castings"' | sort)"
    both=$(ids 'flooded and cellar')
    [ -n "$both" ]
    assert_equal "$(ids 'cellar and flooded')" "$both"
    assert_equal "$(ids 'flooded not cellar')$(ids 'flooded and not cellar')" ""
    assert_equal "$(ids '"hook number four" or "black van"' | wc -l)" 2
    assert_equal "$(ids '("hook number four" or "black van") and midnight' | wc -l)" 1
    assert_equal "$(ids 'cellar flooded')" ""
}

@test "a query that mixes and with or is refused and both readings are shown" {
    assert_status 2 holdfast search 'flooded and cellar or midnight'
    [[ $output == *"(flooded and cellar) or midnight"* ]]
    [[ $output == *"flooded and (cellar or midnight)"* ]]
}

@test "a query that does not end is refused" {
    for query in '(flooded' '"flooded' 'flooded and' 'and' '' '()'; do
        assert_status 2 holdfast search "$query"
        [ -n "$output" ]
    done
}

@test "fields" {
    assert_equal "$(ids 'subject:"no end to the boundary"' | wc -l)" 1
    assert_equal "$(ids 'from:foundry and "thirty days"' | wc -l)" 1
    assert_equal "$(ids 'from:jane.roe@acme.example and lorry' | wc -l)" 1
    assert_equal "$(ids 'to:yamada@partner.example' | wc -l)" 1
    assert_equal "$(ids 'from:yamada')" ""
    [ "$(ids 'matter:ACME-01' | wc -l)" -gt 30 ]
    assert_equal "$(ids 'matter:nonesuch' 2> /dev/null)" ""
    [ -n "$(ids 'custodian:jane and flooded')" ]
    [ -n "$(ids 'path:charsets')" ]
    [ -n "$(ids 'type:pdf and instalments')" ]
    [ -n "$(ids 'date:2019-03-12 and "porous castings"')" ]
    assert_equal "$(ids 'date:2018 and "porous castings"')" ""
}

@test "a wrong extension does not fool it" {
    assert_equal "$(ids 'type:pdf and "fifty valves"' | wc -l)" 1
}

@test "formats agree with each other" {
    local query='harbour' n
    n=$(ids "$query" | wc -l)
    [ "$n" -ge 4 ]
    assert_equal "$(holdfast search --limit 0 --format json "$query" | jq length)" "$n"
    assert_equal "$(holdfast search --limit 0 --format jsonl "$query" | jq -s length)" "$n"
    assert_equal "$(holdfast search --limit 0 --format csv "$query" | grep -cE '^"?HF[0-9]{7}')" "$n"
    assert_equal "$(holdfast search --limit 0 --format json "$query" | jq -r '.[].id' | sort)" "$(ids "$query" | sort)"
    [[ $(ids "$query" | head -n 1) =~ ^HF[0-9]{7}$ ]]
    [ "$(paths "$query" | wc -l)" -ge "$n" ]
}

@test "a table shows number, date, custodian, type, title and a snippet with the hit marked" {
    assert_status 0 holdfast search '"porous castings"'
    [[ $output == *HF00* && $output == *2019-03-12* && $output == *"Stop the delivery"* ]]
    [[ ${output,,} == *email* ]]
    [[ ${output,,} == *porous* ]]
}

@test "limit" {
    assert_equal "$(holdfast search --format ids --limit 2 harbour | wc -l)" 2
    assert_status 2 holdfast search --limit minus harbour
}

@test "a search says how many documents in scope have no or only partial text" {
    assert_status 0 holdfast search 'harbour'
    [[ ${output,,} == *text* ]]
}

@test "nothing found is an answer" {
    assert_status 0 holdfast search 'zyzzyva'
    assert_equal "$(ids zyzzyva)" ""
    assert_equal "$(holdfast search --format json zyzzyva)" "[]"
}
