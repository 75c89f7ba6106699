#!/usr/bin/env bats
# Input that means harm: each file ends as a document or an exception, in bounded time, and the vault is unharmed.
load ../cli/helpers

@test "bombs, depths, entities, loops and odd dates end in a balance and leave the vault sound" {
    new_vault
    "$REPO/tests/fault/make-hostile" "$S"
    local before
    before=$(cd "$S" && find . -printf '%p %s %T@\n' | sort)
    ingest "$S"
    assert_balanced
    assert_equal "$(cd "$S" && find . -printf '%p %s %T@\n' | sort)" "$before"
    assert_status 0 holdfast verify
    exceptions > "$BATS_TEST_TMPDIR/exceptions.json"
    reasons() { jq -r '.. | objects | select(has("reason")) | [.path, .reason] | @tsv' "$BATS_TEST_TMPDIR/exceptions.json"; }
    reasons > "$BATS_TEST_TMPDIR/reasons"
    for row in 'deep\.zip!/.*\tlimit' 'deep\.eml\tlimit' 'laughs\.xml\t' 'xxe\.xml\t' 'xxe\.docx\t' 'loop\.pdf\t' 'long\.txt\tlimit'; do
        grep -qP "$row" "$BATS_TEST_TMPDIR/reasons" || {
            echo "no exception like $row among:"
            cat "$BATS_TEST_TMPDIR/reasons"
            return 1
        }
    done
    # No worker died or hung over any of them.
    ! grep -P '\t(died|timeout|protocol)$' "$BATS_TEST_TMPDIR/reasons"
    assert_equal "$(ids 'subject:"thousand deep"' | wc -l)" 1
    assert_equal "$(ids 'subject:"fifty thousand parts"' | wc -l)" 1
    for year in 0 9999 99999; do
        assert_equal "$(ids "\"written in year $year\"" | wc -l)" 1 "year $year"
    done
    assert_equal "$(ids '"head of a very long file"' | wc -l)" 1
    # Nothing of the machine came in through an entity.
    assert_equal "$(ids '"root bin bash"')$(ids '"root x 0 0"')" ""
}

@test "the public set of hostile files" {
    [ -d "$REPO/../shared/corpus/hostile" ] || skip "no ../shared/corpus here"
    new_vault
    ingest "$REPO/../shared/corpus/hostile"
    assert_balanced
    assert_status 0 holdfast verify
    ingest "$REPO/../shared/corpus/hostile"
    assert_equal "$(count new)" 0
}
