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

@test "every field finds something, and says no to what is not of its form" {
    local query
    for query in subject:prüfbericht from:roe to:roe cc:counsel bcc:archive title:valve 'author:"Jane Roe"' filename:memo \
        body:flooded matter:acme-01 custodian:JANE type:email 'type:application/pdf' 'type:text/*' \
        'path:*.zip!/*' 'path:maildir' date:2019-03 'date:>=2019-03-12' sent:2019 \
        "hash:$(sha256sum < "$SAMPLES/users/jane/memo.txt" | cut -c1-64)" \
        "hash:$(md5sum < "$SAMPLES/users/jane/memo.txt" | cut -c1-32)" exception:any exception:encrypted; do
        [ -n "$(ids "$query")" ] || { echo "nothing found: $query"; return 1; }
    done
    for query in matter:nonesuch custodian:nobody type:ppt hash:12 exception:bad date:2019-02-30 sent:soon size:three; do
        assert_status 2 holdfast search "$query"
        [[ $output == *^* ]] || { echo "no place is shown: $query: $output"; return 1; }
    done
}

@test "sent: is a message's own date, in the vault's zone" {
    assert_equal "$(ids 'sent:2019-03-13 and subject:prüfbericht' | wc -l)" 1
    assert_equal "$(ids 'sent:2019-03-12 and subject:prüfbericht')" ""
    assert_equal "$(ids 'sent:2019.. and not type:email')" ""
    assert_equal "$(ids 'sent:2019 and "flooded to the second step"')" ""
}

@test "hits are marked in text, title or another property" {
    holdfast --quiet search --format jsonl '"porous castings"' | jq -e '.snippet | contains("«porous castings»")'
    holdfast --quiet search 'subject:prüfbericht' | grep -q '«Prüfbericht»'
    holdfast --quiet search --format jsonl 'subject:prüfbericht' | jq -e '.title | contains("«") | not'
    holdfast --quiet search --format jsonl 'from:roe and not valve' | jq -se 'any(.[]; .snippet | test("^from: .*«roe»"))'
    script -qec "'$HF_BUILD/holdfast' --vault '$V' search '\"porous castings\"'" /dev/null | grep -qF $'\033[1mporous castings\033[0m'
}

@test "on a terminal no line is longer than the terminal, and columns line up" {
    local width
    for width in 60 80 132; do
        script -qec "stty cols $width; '$HF_BUILD/holdfast' --vault '$V' search 'harbour or valve'" /dev/null \
            | tr -d '\r' | sed $'s/\033\\[[0-9]*m//g' | sed '/^$/,$d' > "$BATS_TEST_TMPDIR/table"
        [ "$(wc -l < "$BATS_TEST_TMPDIR/table")" -gt 4 ]
        [ "$(wc -L < "$BATS_TEST_TMPDIR/table")" -le $width ]
        assert_equal "$(sed 1d "$BATS_TEST_TMPDIR/table" | grep -cvE '^HF[0-9]{7}  (.{10}|.{16})  ')" 0
    done
}

@test "formats for programs are the same whatever is around them" {
    local query='harbour or prüfbericht'
    holdfast search --format json "$query" > "$BATS_TEST_TMPDIR/json" 2> "$BATS_TEST_TMPDIR/said"
    grep -q 'of .* documents' "$BATS_TEST_TMPDIR/said"
    assert_equal "$(jq -r '.[0] | keys_unsorted | join(",")' "$BATS_TEST_TMPDIR/json")" \
        "$(holdfast --quiet search --format csv "$query" | head -n 1 | tr -d '\r')"
    assert_equal "$(holdfast --quiet search --format jsonl "$query")" "$(jq -c '.[]' "$BATS_TEST_TMPDIR/json")"
    assert_equal "$(holdfast --quiet search --format ids "$query" 2>&1 | grep -cv '^HF[0-9]\{7\}$')" 0
    assert_status 2 holdfast search --format xml "$query"
}

@test "limits" {
    assert_equal "$(holdfast --quiet search --limit 3 'matter:ACME-01' | grep -c '^HF')" 3
    assert_equal "$(holdfast --quiet search 'matter:ACME-01' | grep -c '^HF')" 50
    [ "$(holdfast --quiet search --limit 0 'matter:ACME-01' | grep -c '^HF')" -gt 50 ]
    assert_status 0 holdfast search --limit 3 'matter:ACME-01'
    [[ $output == *"The first 3 are shown"* ]]
    assert_status 2 holdfast search --limit -1 harbour
}

@test "words that no document has are named" {
    assert_status 0 holdfast search 'zyzzyva or harbour or from:zyzzyva'
    [[ $output == *'No document has "zyzzyva".'* && $output == *'No document has "from:zyzzyva".'* ]]
    [[ $output != *'No document has "harbour"'* ]]
}

@test "a reader that stops early is no fault" {
    holdfast --quiet search --format jsonl 'matter:ACME-01' | head -n 1 | jq -e .id
    assert_equal "$(holdfast --quiet search --format json 'matter:ACME-01' 2>&1 > >(true) | wc -l)" 0
}

@test "the vault may be named before or after the command" {
    assert_equal "$(program search --vault "$V" --quiet --format ids harbour)" "$(ids harbour)"
    assert_equal "$(program search --format ids harbour --vault="$V" 2> /dev/null)" "$(ids harbour)"
    assert_equal "$(HOLDFAST_VAULT=$V program --quiet search --format ids harbour)" "$(ids harbour)"
}

@test "an index that is replaced meanwhile is no fault" {
    local n job
    cp -r "$V" "$BATS_TEST_TMPDIR/v"
    V=$BATS_TEST_TMPDIR/v
    n=$(ids harbour | wc -l)
    (for _ in 1 2 3 4 5; do program --vault "$V" --quiet reindex --all || exit; done) &
    job=$!
    while kill -0 $job 2> /dev/null; do
        assert_equal "$(holdfast --quiet search --format ids harbour | wc -l)" "$n"
    done
    wait $job
}

@test "a refused query is one block: what was not done, the place, the reason and what to write" {
    assert_status 2 holdfast search 'flooded and cellar or midnight'
    assert_equal "$(sed -n 1,3p <<< "$output")" "holdfast: the query was refused: nothing was searched
  flooded and cellar or midnight
                     ^^"
    [[ $(sed -n '4,$p' <<< "$output") == "column 20: "*"(flooded and cellar) or midnight"* ]]
    assert_equal "$(wc -l <<< "$output")" 4
    assert_equal "$(program --vault "$V" search --format json 'flooded and' 2> /dev/null)" ""
}

@test "a query is kept under a name, and stands for itself in others" {
    cp -r "$V" "$BATS_TEST_TMPDIR/v"
    V=$BATS_TEST_TMPDIR/v
    assert_equal "$(holdfast search --count --save wet.1 'flooded or tug' | sed -n '1p;$p')" \
        "2 of 60 documents, in 2 families with 2 members.
Saved: saved:wet.1 stands for this query."
    assert_equal "$(ids 'saved:wet.1 and cellar')" "$(ids 'flooded and cellar')"
    holdfast --quiet search --count --save wet.1 'tug' > /dev/null
    assert_equal "$(ids 'saved:WET.1')" "$(ids tug)"
    assert_status 2 holdfast search --save wet.1 'saved:wet.1 or rain'
    assert_equal "$output" 'holdfast: this query cannot be saved as "wet.1": it asks for saved:wet.1 itself, so that it would have no end; choose another name'
    holdfast --quiet search --count --save other 'saved:wet.1 or rain' > /dev/null
    assert_status 2 holdfast search --save wet.1 'saved:other'
    assert_status 2 holdfast search --save 'two words' rain
    assert_equal "$(ids 'saved:wet.1')" "$(ids tug)"
    assert_status 2 holdfast search saved:nonesuch
    [[ $output == *nonesuch* && $output == *^* ]]
}

@test "the zones of matters" {
    cp -r "$V" "$BATS_TEST_TMPDIR/v"
    V=$BATS_TEST_TMPDIR/v
    mkdir "$BATS_TEST_TMPDIR/s"
    printf 'From: a@acme.example\nDate: Mon, 15 Jan 2001 23:30:00 +0000\nSubject: Late\nMessage-ID: <l@t>\n\na latecomer\n' \
        > "$BATS_TEST_TMPDIR/s/late.eml"
    holdfast --quiet matter add TOKYO --timezone Asia/Tokyo
    ingest --matter TOKYO "$BATS_TEST_TMPDIR/s"
    holdfast --quiet search latecomer | grep -qE '^HF[0-9]+  2001-01-16 08:30 '
    assert_equal "$(ids 'latecomer and date:2001-01-16')" "$(ids latecomer)"
    assert_equal "$(ids 'latecomer and date:2001-01-15')" ""
    assert_equal "$(holdfast --quiet search --matter TOKYO --format ids 'late* or harbour')" "$(ids latecomer)"
    holdfast show "$(ids latecomer)" | grep -qF '2001-01-16 08:30'
}

@test "noise words stand for any word in a phrase, and the statement says so" {
    printf 'THE of\nin\n' > "$BATS_TEST_TMPDIR/noise"
    assert_equal "$(ids '"flooded in the second"')" ""
    [ -n "$(holdfast --quiet search --format ids --noise-words "$BATS_TEST_TMPDIR/noise" '"flooded in the second"')" ]
    holdfast search --noise-words "$BATS_TEST_TMPDIR/noise" flooded |
        grep -qF "The 3 noise words of $BATS_TEST_TMPDIR/noise stand for any word in their place"
    echo 'w?rd' > "$BATS_TEST_TMPDIR/noise"
    assert_status 2 holdfast search --noise-words "$BATS_TEST_TMPDIR/noise" flooded
    [[ $output == *'"w?rd"'* ]]
    assert_status 2 holdfast search --noise-words "$BATS_TEST_TMPDIR/noise" the
    assert_status 70 holdfast search --noise-words "$BATS_TEST_TMPDIR/nonesuch" flooded
}
