#!/usr/bin/env bats
load helpers

# One vault for all tests of this file: reporting does not change it. Families and custodians are few enough to count by hand.
setup_file() {
    local v=$BATS_FILE_TMPDIR/vault s=$BATS_FILE_TMPDIR/source
    mkdir -p "$s/users/ann" "$s/users/bob" "$s/users/<b>eve & co"
    message() { # file body attachment text
        printf 'From: x@example.com\nTo: y@example.com\nSubject: greetings\nMessage-ID: <%s@x>\nDate: Fri, 4 May 2001 10:00:00 +0000\n' "$2"
        printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\n%s\n' "$2"
        printf -- '--b\nContent-Type: text/plain; name="%s"\nContent-Disposition: attachment; filename="%s"\n\n%s\n--b--\n' "$3" "$3" "$4"
    }
    message - 'an apple' notes.txt 'pears and a pear' > "$s/users/ann/one.eml"
    message - 'nothing' fruit.txt 'apple pear plum' > "$s/users/bob/two.eml"
    echo 'apple pie' | tee "$s/users/ann/a.txt" > "$s/users/bob/a.txt"
    echo 'plum' > "$s/users/bob/b.txt"
    echo 'one apple only' > "$s/loose.txt"
    echo 'a quince' > "$s/users/<b>eve & co/q.txt"
    "$HF_BUILD/holdfast" init --timezone UTC "$v" > /dev/null 2>&1
    "$HF_BUILD/holdfast" --vault "$v" --quiet matter add M-1 --title Fruit > /dev/null
    "$HF_BUILD/holdfast" --vault "$v" --quiet ingest --matter M-1 --custodian-from 'users/{custodian}/' "$s" > /dev/null
    printf 'apple\n[Pears] pear\nplum\n' > "$BATS_FILE_TMPDIR/fruit"
}
setup() {
    V=$BATS_FILE_TMPDIR/vault
    L=$BATS_FILE_TMPDIR/fruit
}

numbers='[.documents, .documents_with_family, .families, .unique_documents, .unique_families] | map(tostring) | join(" ")'
report() { holdfast terms --format json "$@"; }
list() { printf '%s\n' "$@"; }

@test "documents, families and what is unique, counted by hand" {
    assert_equal "$(report "$L" | jq -r ".terms[] | $numbers")" "$(list '4 6 4 3 2' '2 4 2 1 0' '2 3 2 1 1')"
    assert_equal "$(report "$L" | jq -r ".total | $numbers")" "6 7 5 5 3"
    assert_equal "$(report "$L" | jq -c '.set | [.documents, .families]')" '[8,6]'
}

@test "the same for each custodian; copies count with each" {
    ann() { report "$L" | jq -r "$1 | .custodians[] | select(.custodian == \"ann\") | $numbers"; }
    assert_equal "$(ann '.terms[]')" "$(list '2 3 2 2 1' '1 2 1 1 0' '0 0 0 0 0')"
    assert_equal "$(ann .total)" "3 3 2 3 1"
    assert_equal "$(report "$L" | jq -r ".total.custodians[] | select(.custodian == null) | $numbers")" "1 1 1 1 1"
    assert_equal "$(report "$L" | jq -c '[.set.custodians[] | [.custodian, .documents]]')" '[["<b>eve & co",1],["ann",3],["bob",4],[null,1]]'
    assert_equal "$(report --no-custodians "$L" | jq -c '.set.custodians, .total.custodians')" "$(list '[]' '[]')"
}

@test "every number of documents is that of a separate search" {
    local term custodian documents
    printf '%s\n' apple pear plum 'apple and pear' 'apple and not pear' 'subject:greetings' 'quince or pie' 'zebra' 'apple w/2 p*' 'app*e not w/3 pear' '%pear' 'pears~' > "$BATS_TEST_TMPDIR/list"
    report "$BATS_TEST_TMPDIR/list" | jq -r '.terms[] | .term as $t | ([null, .documents], (.custodians[] | [.custodian, .documents])) | [$t, .[0] // "", .[1]] | join("|")' > "$BATS_TEST_TMPDIR/rows"
    assert_equal "$(wc -l < "$BATS_TEST_TMPDIR/rows")" 60
    while IFS='|' read -r term custodian documents; do
        [ -n "$custodian" ] || continue # all, and nobody
        assert_equal "$documents" "$(ids "($term) and custodian:\"$custodian\"" | wc -l)" "$term of $custodian"
    done < "$BATS_TEST_TMPDIR/rows"
    while IFS=$'\t' read -r term documents; do
        assert_equal "$documents" "$(ids "$term" | wc -l)" "$term"
    done < <(report "$BATS_TEST_TMPDIR/list" | jq -r '.terms[] | [.term, .documents] | @tsv')
    assert_equal "$(report "$BATS_TEST_TMPDIR/list" | jq .total.documents)" \
        "$(ids 'apple or pear or plum or subject:greetings or quince or pie or zebra' | wc -l)"
}

@test "noise words of a list match any word, and the report says which they are" {
    echo 'the of' > "$BATS_TEST_TMPDIR/noise"
    echo 'one the only' > "$BATS_TEST_TMPDIR/list"
    assert_equal "$(report "$BATS_TEST_TMPDIR/list" | jq -c '[.terms[0].documents, .noise_words]')" '[0,null]'
    assert_equal "$(report --noise-words "$BATS_TEST_TMPDIR/noise" "$BATS_TEST_TMPDIR/list" | jq -c '[.terms[0].documents, .noise_words]')" '[1,["of","the"]]'
    [[ $(holdfast terms --noise-words "$BATS_TEST_TMPDIR/noise" "$BATS_TEST_TMPDIR/list") == *"Those of noise:"* ]]
    echo 'the' > "$BATS_TEST_TMPDIR/list"
    assert_status 2 holdfast terms --noise-words "$BATS_TEST_TMPDIR/noise" "$BATS_TEST_TMPDIR/list"
}

@test "unique documents are those that no other term of the list finds" {
    assert_equal "$(report "$L" | jq '.terms[0].unique_documents')" "$(ids 'apple and not (pear or plum)' | wc -l)"
    assert_equal "$(report "$L" | jq '.terms[1].unique_documents')" "$(ids 'pear and not (apple or plum)' | wc -l)"
    assert_equal "$(report "$L" | jq '.terms[2].unique_documents')" "$(ids 'plum and not (apple or pear)' | wc -l)"
}

@test "--in cuts the set, families stay whole" {
    assert_equal "$(report --in custodian:bob "$L" | jq -r ".terms[] | $numbers")" "$(list '2 3 2 1 1' '1 2 1 0 0' '2 3 2 1 1')"
    assert_equal "$(report --in 'not type:email' "$L" | jq -c '.set | [.query, .documents]')" '["not type:email",6]'
    assert_equal "$(report --in pear "$L" | jq -r ".terms[0] | $numbers")" "1 2 1 0 0"
    assert_equal "$(report --matter M-1 "$L" | jq .set.documents)" 8
    assert_status 2 holdfast terms --matter M-2 "$L"
    assert_status 2 holdfast terms --in '(apple' "$L"
    [[ $output == *"--in"*"^"* ]]
}

@test "names, comments, terms over several lines, standard input" {
    local out
    out=$(printf '# agreed\n\n[Two] apple and \\\n  pear\nplum\n' | report - | jq -r '.list, (.terms[] | [.number, .name, .line, .read_as] | @tsv)') || {
        echo "$out"
        return 1
    }
    assert_equal "$(head -n 2 <<< "$out")" "$(printf 'standard input\n1\tTwo\t3\tapple and pear')"
}

@test "all that is wrong is told at once, by file, line and column, and nothing is counted" {
    printf 'apple\n[Bad] apple and and pear\n"pear\n\napple or pear and plum\nlemon\tlime\n' > "$BATS_TEST_TMPDIR/wrong"
    assert_status 2 holdfast terms "$BATS_TEST_TMPDIR/wrong"
    assert_equal "$(grep -o '^wrong:[0-9]*:' <<< "$output" | tr '\n' ' ')" "wrong:2: wrong:3: wrong:5: wrong:6: " # by line
    [[ $output == *wrong:2:17:* && $output == *wrong:6:6:* ]]
    [[ $output == *"(apple or pear) and plum"* ]]
    [[ $output == *"^"* ]]
    [[ $output == *"4 of the list's 5 terms were refused: nothing was counted"* ]]
    [[ $output != *"Search term report"* ]]
    assert_status 2 holdfast terms --output "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/wrong"
    [ ! -e "$BATS_TEST_TMPDIR/out" ]
}

@test "a refusal that only the vault can know is told in its place too" {
    printf 'apple\npear and custodian:nobody\n' > "$BATS_TEST_TMPDIR/list"
    assert_status 2 holdfast terms "$BATS_TEST_TMPDIR/list"
    [[ $output == *"list:2:10:"* ]]
}

@test "terms that hit nothing, unknown words and repeated terms are marked" {
    printf 'apple\nzebra\nAPPLE\n' > "$BATS_TEST_TMPDIR/list"
    assert_equal "$(report "$BATS_TEST_TMPDIR/list" | jq -c '.terms[1].unknown_words, .terms[2].same_as, .terms[2].unique_documents')" "$(list '["zebra"]' 1 0)"
    output=$(holdfast terms "$BATS_TEST_TMPDIR/list")
    [[ $output == *"2  Hits nothing. No document that was searched has \"zebra\"."* ]]
    [[ $output == *"3  Reads the same as term 1"* ]]
}

@test "the same state of the vault gives the same bytes" {
    for form in table csv json html; do
        holdfast terms --format $form "$L" > "$BATS_TEST_TMPDIR/1"
        holdfast search apple > /dev/null
        holdfast terms --format $form --output "$BATS_TEST_TMPDIR/2" "$L"
        cmp "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    done
}

@test "a table lines up in 80 columns and folds long terms" {
    local long
    long=$(printf 'apple or %.0s' {1..30})pear
    printf '%s\nplum\n' "$long" > "$BATS_TEST_TMPDIR/list"
    holdfast terms "$BATS_TEST_TMPDIR/list" > "$BATS_TEST_TMPDIR/out"
    assert_equal "$(awk 'length > 80' "$BATS_TEST_TMPDIR/out")" ""
    # Numbers end in the same column: that of the rule below the titles.
    rule=$(grep -m 1 -- '^----' "$BATS_TEST_TMPDIR/out")
    assert_equal "$(grep -E '^ +[0-9]+  .* [0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+$' "$BATS_TEST_TMPDIR/out" | awk '{ print length }' | sort -u)" "${#rule}"
}

@test "CSV has one row a term and custodian, and the totals" {
    holdfast terms --format csv "$L" > "$BATS_TEST_TMPDIR/out"
    assert_equal "$(head -n 1 "$BATS_TEST_TMPDIR/out" | tr -d '\r')" \
        row,number,name,term,read_as,custodian,documents,documents_with_family,families,unique_documents,unique_families,note,line
    assert_equal "$(tr -d '\r' < "$BATS_TEST_TMPDIR/out" | sed -n 2,5p)" "$(list 'term,1,,apple,apple,,4,6,4,3,2,,1' 'term,2,Pears,pear,pear,,2,4,2,1,0,,2' 'term,3,,plum,plum,,2,3,2,1,1,,3' 'total,,,,,,6,7,5,5,3,,')"
    assert_equal "$(wc -l < "$BATS_TEST_TMPDIR/out")" 21
}

@test "the page is well-formed, loads nothing, and shows hostile names as text" {
    printf '[<script>alert(1)</script> & "\xe2\x80\xae"] apple\n["><img src=x onerror=alert(1)>] "an apple"\n' > "$BATS_TEST_TMPDIR/list"
    holdfast terms --format html --in 'apple or quince' "$BATS_TEST_TMPDIR/list" > "$BATS_TEST_TMPDIR/out.html"
    python3 - "$BATS_TEST_TMPDIR/out.html" << 'END'
import sys, xml.dom.minidom
page = xml.dom.minidom.parse(sys.argv[1])
names = {e.tagName for e in page.getElementsByTagName("*")}
assert not names & {"script", "img", "link", "iframe", "object"}, names
for e in page.getElementsByTagName("*"):
    for a in e.attributes.keys() if e.attributes else []:
        assert a not in ("src", "href") and not a.startswith("on"), (e.tagName, a)
text = page.toxml()
assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
assert "&lt;b&gt;eve &amp; co" in text
assert "\u202e" not in text
END
    [ "$(grep -c 'http' "$BATS_TEST_TMPDIR/out.html")" -le 2 ] # the name space and the policy
}

@test "--output leaves the old file until the new one is whole" {
    echo old > "$BATS_TEST_TMPDIR/out"
    assert_status 2 holdfast terms --output "$BATS_TEST_TMPDIR/out" --in 'nosuchfield:x' "$L"
    assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" old
    assert_equal "$(holdfast terms --output "$BATS_TEST_TMPDIR/out" "$L")" ""
    [[ $(cat "$BATS_TEST_TMPDIR/out") == "Search term report"* ]]
    assert_status 70 holdfast terms --output "$BATS_TEST_TMPDIR/none/out" "$L"
}

@test "a list without terms, no list, two lists, a list that is not there" {
    printf '# nothing\n' > "$BATS_TEST_TMPDIR/list"
    assert_status 2 holdfast terms "$BATS_TEST_TMPDIR/list"
    [[ $output == *"has no terms"* ]]
    assert_status 2 holdfast terms
    assert_status 2 holdfast terms "$L" "$L"
    assert_status 70 holdfast terms "$BATS_TEST_TMPDIR/none"
    assert_status 2 holdfast terms --format xml "$L"
}

@test "the report is logged as a search, with its list" {
    holdfast terms --matter M-1 "$L" > /dev/null
    assert_equal "$(holdfast report searches --format json --limit 1 | jq -r '.[0] | .action, .query' | head -n 4)" "$(list terms apple '[Pears] pear' plum)"
}

@test "the report says in which zone its dates are read" {
    [[ $(holdfast terms "$L") == *"Dates: Days, months and years are, for each document, those of its matter's"* ]]
    [[ $(holdfast terms --matter M-1 "$L") == *"Dates: Days, months and years are those of UTC, the zone of the matter."* ]]
}

@test "the search that lists what cannot be searched is over the same set" {
    local v=$BATS_TEST_TMPDIR/other
    V=$v new_vault
    V=$v holdfast --quiet matter add M-9
    mkdir -p "$BATS_TEST_TMPDIR/s"
    : > "$BATS_TEST_TMPDIR/s/empty.txt"
    V=$v ingest --matter M-9 "$BATS_TEST_TMPDIR/s"
    V=$v report --matter M-9 --in 'type:empty or plum' "$L" > "$BATS_TEST_TMPDIR/out"
    V=$v holdfast terms --matter M-9 --in 'type:empty or plum' "$L" | tr -s '\n ' ' ' > "$BATS_TEST_TMPDIR/text"
    grep -qF "(search --matter M-9 '(type:empty or plum) and has:no-text'): 1" "$BATS_TEST_TMPDIR/text"
}
