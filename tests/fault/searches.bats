#!/usr/bin/env bats
# Searches are logged once, and never shown without it, whatever goes wrong while they are written or moved to the log.
load ../cli/helpers

FAULT=$HF_BUILD/tests/fault.so
KILLS=${KILLS:-12} # of a change, which has more steps than a search

look=(tag add --dry-run looked)
logged() { holdfast report searches --format json | jq -r '.[] | .query // "damaged"'; }

faulty() { # fault command... ; leaves its output in $shown
    local fault=$1
    shift
    status=0
    shown=$(HF_FAULT=$fault LD_PRELOAD=$FAULT "$HF_BUILD/holdfast" --vault "$V" --quiet "$@" 2> "$BATS_TEST_TMPDIR/said") || status=$?
}

fresh_vault() {
    rm -rf "$V"
    cp -a "$BATS_TEST_TMPDIR/master" "$V"
}

make_master() { # with one search that waits
    new_vault
    echo 'the valve is thin' > "$S/a.txt"
    ingest "$S"
    holdfast --quiet "${look[@]}" 'first' > /dev/null
    mv "$V" "$BATS_TEST_TMPDIR/master"
}

count_steps() { # command...
    fresh_vault
    faulty "count:$BATS_TEST_TMPDIR/steps" "$@"
    steps=$(cat "$BATS_TEST_TMPDIR/steps")
}

# After whatever happened: others can search, a change takes in all, and the vault is whole.
assert_goes_on() { # what queries-that-must-be-there-once [that-may]
    holdfast --quiet "${look[@]}" last > /dev/null || { echo "$1: no search after it"; return 1; }
    holdfast --quiet matter add AFTER || { echo "$1: no change after it"; return 1; }
    assert_equal "$(logged | grep -cx last)" 1 "$1"
    assert_equal "$(logged | grep -cx first)" 1 "$1"
    assert_equal "$(holdfast status --format json | jq .searches_waiting)" 0 "$1"
    assert_status 0 holdfast verify || { echo "$1: $output"; return 1; }
}

@test "a search that is killed at any step shows nothing before it is logged, and harms no other" {
    make_master
    count_steps "${look[@]}" second
    [ "$steps" -ge 2 ]
    local at kind
    for at in $(seq 1 "$steps"); do
        kind=$([ $((at % 2)) -eq 0 ] && echo torn || echo kill)
        fresh_vault
        faulty "$kind:$at" "${look[@]}" second
        assert_equal "$status" 137 "$kind:$at"
        assert_goes_on "$kind:$at"
        # What was shown is in the log.
        [ "$(logged | grep -cx second)" -eq 1 ] || assert_equal "$shown" "" "$kind:$at"
    done
}

@test "a search on a full or a broken disk is refused with the reason" {
    make_master
    count_steps "${look[@]}" second
    local at kind told=0
    for at in $(seq 1 "$steps"); do
        kind=$([ $((at % 2)) -eq 0 ] && echo full || echo broken)
        fresh_vault
        faulty "$kind:$at" "${look[@]}" second
        [ "$status" -eq 0 ] || assert_equal "$shown" "" "$kind:$at"
        ! grep -q 'nothing is shown: searches and exports of this vault are logged' "$BATS_TEST_TMPDIR/said" || told=$((told + 1))
        assert_goes_on "$kind:$at"
    done
    [ "$told" -ge 1 ]
}

@test "a change that is killed at any step logs what waited once" {
    make_master
    count_steps matter add NEW
    [ "$steps" -ge 5 ]
    local i at
    for i in $(seq 1 "$KILLS"); do
        at=$(((i * steps + KILLS - 1) / KILLS))
        fresh_vault
        faulty "kill:$at" matter add NEW
        assert_equal "$status" 137 "kill:$at"
        [ "$(logged | grep -cx first)" -eq 1 ]
        assert_goes_on "kill:$at"
    done
}
