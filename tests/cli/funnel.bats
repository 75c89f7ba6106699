#!/usr/bin/env bats
load helpers

# ann: one, two, a copy of one, a known file, a left-out file; bob: a copy of one, three, a zip with two and the known file.
sources() {
    mkdir -p "$S/ann" "$S/bob" "$S/ann/cache"
    echo one apple > "$S/ann/1.txt"
    cp "$S/ann/1.txt" "$S/ann/again.txt"
    cp "$S/ann/1.txt" "$S/bob/1.txt"
    echo two pears > "$S/ann/2.txt"
    echo three apples and a plum > "$S/bob/3.txt"
    echo program > "$S/ann/known.dll"
    echo scratch > "$S/ann/x.tmp"
    echo cached > "$S/ann/cache/c.txt"
    ln -s 1.txt "$S/bob/link"
    (cd "$S/ann" && python3 -m zipfile -c ../bob/z.zip 2.txt known.dll)
    sha256sum "$S/ann/known.dll" | cut -c1-64 > "$BATS_TEST_TMPDIR/known"
}
collect() {
    ingest --custodian-from '{custodian}/' --exclude '*.tmp' --exclude 'cache/' \
        --known-hashes "$BATS_TEST_TMPDIR/known" "$@" "$S"
}
funnel() { holdfast report funnel --format json "$@"; }
# "documents bytes" of a stage, in all or of a custodian
stage() { # stage [custodian]
    if [ $# -eq 1 ]; then
        jq -r ".stages[] | select(.stage == \"$1\") | \"\(.documents) \(.bytes)\""
    else
        jq -r ".stages[] | select(.stage == \"$1\") | .custodians[] | select(.custodian == \"$2\") | \"\(.documents) \(.bytes)\""
    fi
}
# collected = left out + known + duplicates + unique, in every column, in documents and in bytes
assert_identity() {
    jq -e '[.stages[] | {(.stage): ([.] + .custodians | map([.documents, .bytes]))}] | add
        | [.collected, .left_out, .known_files, .duplicates, .unique] | transpose
        | all(.[0] == [.[1][0] + .[2][0] + .[3][0] + .[4][0], .[1][1] + .[2][1] + .[3][1] + .[4][1]])' > /dev/null || {
        echo "the funnel does not add up"
        return 1
    }
}

@test "collected = left out + known files + duplicates + unique, in all and for each custodian" {
    local all
    new_vault
    sources
    collect
    all=$(funnel)
    assert_identity <<< "$all"
    assert_equal "$(stage collected <<< "$all" | cut -d' ' -f1)" "$(count found)"
    assert_equal "$(stage left_out <<< "$all" | cut -d' ' -f1)" 3
    assert_equal "$(stage known_files <<< "$all")" "2 16"
    assert_equal "$(stage duplicates <<< "$all" | cut -d' ' -f1)" "$(count duplicate)"
    assert_equal "$(stage unique <<< "$all")" "3 44"
    assert_equal "$(stage unique <<< "$all" | cut -d' ' -f1)" "$(holdfast status --format json | jq .documents)"
    assert_equal "$(stage left_out ann <<< "$all")" "2 8"
    assert_equal "$(stage known_files ann <<< "$all")" "1 8"
    assert_equal "$(stage known_files bob <<< "$all")" "1 8"
    assert_equal "$(stage duplicates ann <<< "$all")" "1 10"
    assert_equal "$(stage duplicates bob <<< "$all")" "0 0"
    assert_equal "$(stage unique ann <<< "$all" | cut -d' ' -f1)" "$(ids custodian:ann | wc -l)"
    assert_equal "$(stage unique bob <<< "$all" | cut -d' ' -f1)" "$(ids custodian:bob | wc -l)"
    [[ $(jq -r '.notes[]' <<< "$all") == *"Whole folders left out: 1."* ]]
}

@test "a second run changes nothing, and what it takes in is not left out any more" {
    local first
    new_vault
    sources
    collect
    first=$(funnel | jq -c .stages)
    collect
    assert_equal "$(funnel | jq -c .stages)" "$first"
    rm "$S/ann/2.txt" # found gone; it was collected
    collect
    assert_equal "$(funnel | jq -c .stages)" "$first"
    ingest --custodian-from '{custodian}/' --exclude 'cache/' --known-hashes "$BATS_TEST_TMPDIR/known" "$S"
    funnel | assert_identity
    assert_equal "$(funnel | stage left_out ann)" "1 0"
    assert_equal "$(funnel | stage unique | cut -d' ' -f1)" 4
    ingest --custodian-from '{custodian}/' "$S" # nothing is left out but the link
    funnel | assert_identity
    assert_equal "$(funnel | stage known_files)" "0 0"
    assert_equal "$(funnel | stage left_out ann)" "0 0"
}

@test "each matter has its own, and merged custodians are one" {
    new_vault
    sources
    for matter in M-1 M-2; do
        holdfast --quiet matter add $matter --title x > /dev/null
    done
    collect --matter M-1
    collect --matter M-2
    assert_equal "$(funnel --matter M-1 | jq -c .stages)" "$(funnel --matter M-2 | jq -c .stages | sed s/M-2/M-1/)"
    assert_equal "$(funnel | stage unique)" "6 88"
    funnel | assert_identity
    assert_status 2 holdfast report funnel --matter M-3
    holdfast custodian merge bob ann > /dev/null
    funnel --matter M-1 | assert_identity
    assert_equal "$(funnel --matter M-1 | jq -c '[.stages[0].custodians[].custodian]')" '["ann"]'
    assert_equal "$(funnel --matter M-1 | stage unique ann)" "$(funnel --matter M-1 | stage unique)"
}

@test "hit, with families, tagged, and not produced yet" {
    local all
    new_vault
    sources
    collect
    printf 'apple\nplum\n' > "$BATS_TEST_TMPDIR/terms"
    all=$(funnel --terms "$BATS_TEST_TMPDIR/terms")
    assert_equal "$(stage hit <<< "$all" | cut -d' ' -f1)" "$(holdfast terms --format json "$BATS_TEST_TMPDIR/terms" | jq .total.documents)"
    assert_equal "$(stage hit bob <<< "$all" | cut -d' ' -f1)" "$(ids '(apple or plum) and custodian:bob' | wc -l)"
    assert_equal "$(stage hit_with_family <<< "$all" | cut -d' ' -f1)" 2
    assert_equal "$(funnel --query pears | stage hit)" "1 10"
    assert_equal "$(funnel --query pears --terms "$BATS_TEST_TMPDIR/terms" | stage hit)" "3 44"
    assert_equal "$(stage produced <<< "$all")" "null null"
    [[ $(holdfast report funnel) == *"Produced"*"not produced yet"* ]]
}

@test "in date by the family's date, and undated documents are told" {
    local mail
    new_vault
    sources
    for year in 2001 2002; do
        printf 'From: x@example.com\nTo: y@example.com\nSubject: s\nDate: Fri, 4 May %s 10:00:00 +0000\n\nbody %s\n' $year $year > "$S/ann/$year.eml"
    done
    collect
    mail=$(funnel --date-from 2001 --date-to 2001-12 | stage in_date)
    assert_equal "${mail% *}" "$(ids 'familydate:2001..2001-12' | wc -l)"
    assert_equal "${mail% *}" 1
    assert_equal "$(funnel --date-to 2002-05-03 | stage in_date)" "$mail"
    assert_equal "$(funnel --date-to 2002 --query body | stage hit | cut -d' ' -f1)" 2
    assert_status 2 holdfast report funnel --date-from 4.5.2001
    assert_status 2 holdfast report funnel --date-from '2001 or apple'
    assert_status 2 holdfast report funnel --date-from 2002 --date-to 2001
}

@test "a stage of tags" {
    new_vault
    sources
    collect
    holdfast tag add responsive apple > /dev/null
    assert_equal "$(funnel --query pears --tag responsive | stage tagged)" "0 0"
    assert_equal "$(funnel --tag responsive | stage tagged | cut -d' ' -f1)" "$(ids tag:responsive | wc -l)"
    [[ $(funnel --query pears --tag responsive | jq -r '.notes[]') == *"Documents tagged responsive that are not in the stage above, and not counted: 1."* ]]
    assert_status 2 holdfast report funnel --tag nobody
}

@test "table, CSV and page; the same state gives the same bytes" {
    new_vault
    sources
    mv "$S/bob" "$S/<b>bob & co"
    collect
    for form in table csv json html; do
        holdfast report funnel --format $form > "$BATS_TEST_TMPDIR/1"
        holdfast report funnel --format $form --output "$BATS_TEST_TMPDIR/2"
        cmp "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    done
    assert_equal "$(holdfast report funnel | awk 'length > 80')" ""
    assert_equal "$(holdfast report funnel --format csv | head -n 1 | tr -d '\r')" stage,title,removed,custodian,documents,bytes,check
    holdfast report funnel --format html > "$BATS_TEST_TMPDIR/out.html"
    python3 - "$BATS_TEST_TMPDIR/out.html" << 'END'
import sys, xml.dom.minidom
page = xml.dom.minidom.parse(sys.argv[1])
assert "script" not in {e.tagName for e in page.getElementsByTagName("*")}
assert "&lt;b&gt;bob &amp; co" in page.toxml()
END
    assert_status 2 holdfast report funnel --format jsonl
    assert_status 2 holdfast report funnel more
}

@test "families whose members have tags that exclude each other are conflicts" {
    new_vault
    printf 'From: x@example.com\nTo: y@example.com\nSubject: s\nDate: Fri, 4 May 2001 10:00:00 +0000\nMIME-Version: 1.0\n%s\n\n--b\nContent-Type: text/plain\n\nquince\n--b\nContent-Type: text/plain; name="a.txt"\nContent-Disposition: attachment; filename="a.txt"\n\nmedlar\n--b--\n' \
        'Content-Type: multipart/mixed; boundary="b"' > "$S/m.eml"
    ingest "$S"
    holdfast tag group responsive review > /dev/null
    holdfast tag group not-responsive review > /dev/null
    assert_status 0 holdfast report conflicts
    holdfast tag add responsive quince > /dev/null
    assert_status 0 holdfast report conflicts
    assert_status 1 holdfast report conflicts --all
    holdfast tag add not-responsive medlar > /dev/null
    assert_status 1 holdfast report conflicts --format json
    assert_equal "$(jq -c '[length, .[0].group, .[0].members]' <<< "$output")" '[1,"review",2]'
}

@test "what is said to give a stage's number gives it, typed as it stands" {
    new_vault
    sources
    collect
    holdfast --quiet matter add M-2
    echo 'pears for another' > "$S/other.txt"
    ingest --matter M-2 "$S/other.txt"
    local matter stage number check
    for matter in '' M-2; do
        while IFS=$'\t' read -r stage number check; do
            assert_equal "$(eval "${check/holdfast/holdfast --quiet} --format ids --limit 0" | wc -l)" "$number" "$stage: $check"
        done < <(holdfast report funnel ${matter:+--matter $matter} --date-from 2001 --query "pears or \"o'b\"" --format json |
            jq -r '.stages[] | select(.key == "in_date" or .key == "hit") | [.key, (.documents // .amounts[0].documents), .check] | @tsv')
    done
}
