#!/usr/bin/env bats
# kill -9 at any step, then the same command again: the result is that of an undisturbed run.
load ../cli/helpers

FAULT=$HF_BUILD/tests/fault.so
KILLS=${KILLS:-25}

# A little of everything: families, duplicates, nested archives, a mail store, exceptions.
fill_source() {
    mkdir -p "$S/users/jane" "$S/users/john"
    cp "$SAMPLES/users/jane/memo.txt" "$SAMPLES/users/jane/report.docx" "$SAMPLES/users/jane/mail/family.eml" "$S/users/jane"
    cp "$SAMPLES/users/jane/memo.txt" "$SAMPLES/users/john/archive.mbox" "$S/users/john"
    cp "$SAMPLES/shared/projects.zip" "$SAMPLES/shared/trouble/truncated.zip" "$SAMPLES/shared/trouble/locked.zip" "$S"
    head -c 3000000 /dev/zero | tr '\0' '\n' > "$S/large.txt"
    touch -d '2019-01-01' "$S"/* "$S"/users/*/*
}

matter_vault() {
    rm -rf "$V"
    new_vault
    holdfast --quiet matter add M > /dev/null 2>&1
}

command_under_test=(--quiet ingest --matter M --custodian-from 'users/{custodian}/')

undisturbed() {
    matter_vault
    HF_FAULT=count:$BATS_TEST_TMPDIR/steps LD_PRELOAD=$FAULT \
        "$HF_BUILD/holdfast" --vault "$V" "${command_under_test[@]}" "$S" > /dev/null || [ $? -eq 1 ]
    steps=$(cat "$BATS_TEST_TMPDIR/steps")
    want=$(fingerprint M)
    [ "$(grep -c ^ <<< "$want")" -gt 20 ]
    [ "$steps" -gt 20 ]
}

# Runs with a fault; prints the exit status.
faulty() { # fault
    local status=0
    HF_FAULT=$1 LD_PRELOAD=$FAULT "$HF_BUILD/holdfast" --vault "$V" "${command_under_test[@]}" "$S" \
        > "$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
    echo "$status"
}

assert_completes() { # what
    holdfast "${command_under_test[@]}" "$S" > "$BATS_TEST_TMPDIR/out" 2>&1 || [ $? -eq 1 ] || {
        echo "$1: the second run failed"
        cat "$BATS_TEST_TMPDIR/out"
        return 1
    }
    assert_equal "$(fingerprint M)" "$want" "$1: differs from the undisturbed run"
    assert_status 0 holdfast verify
}

@test "killed at many steps, the second run completes to the same result" {
    fill_source
    undisturbed
    local killed=0
    for i in $(seq 1 "$KILLS"); do
        at=$(((i * steps + KILLS - 1) / KILLS))
        kind=$([ $((i % 3)) -eq 0 ] && echo torn || echo kill)
        matter_vault
        status=$(faulty "$kind:$at")
        # How many steps there are depends on how the batches fall: a late one may not come, then the run is done.
        if [ "$status" -eq 137 ]; then killed=$((killed + 1)); else [ "$status" -le 1 ]; fi
        assert_status 0 holdfast status
        assert_completes "$kind at step $at of $steps"
    done
    [ "$killed" -ge $((KILLS / 2)) ]
}

@test "killed again and again in the same vault, it completes" {
    fill_source
    undisturbed
    matter_vault
    at=3
    while [ "$(faulty "kill:$at")" -eq 137 ]; do
        at=$((at * 2))
        [ "$at" -lt 10000000 ]
    done
    assert_completes "kills at doubling steps"
}

@test "on a full disk it stops with an error, keeps what it has, and completes when there is room" {
    fill_source
    undisturbed
    local stopped=0
    for part in 5 30 50 70 90; do
        matter_vault
        at=$((steps * part / 100 + 1))
        status=$(faulty "full:$at")
        if [ "$status" -eq 70 ]; then # else the run was done before that step
            stopped=$((stopped + 1))
            grep -qi 'no space' "$BATS_TEST_TMPDIR/out"
        else
            [ "$status" -le 1 ]
        fi
        assert_status 0 holdfast verify
        assert_completes "no space from step $at of $steps"
    done
    [ "$stopped" -ge 3 ]
}

@test "an input/output error stops it, and the next run completes" {
    fill_source
    undisturbed
    for part in 10 40 70 95; do
        matter_vault
        at=$((steps * part / 100 + 1))
        faulty "broken:$at" > /dev/null
        assert_completes "I/O error at step $at of $steps"
    done
}

@test "a real full disk" {
    [ "$(id -u)" -eq 0 ] || skip "needs root to mount a small file system"
    mkdir "$BATS_TEST_TMPDIR/small"
    mount -t tmpfs -o size=3m tmpfs "$BATS_TEST_TMPDIR/small" 2> /dev/null || skip "cannot mount here"
    V=$BATS_TEST_TMPDIR/small/vault
    new_vault
    echo "kept through it all" > "$S/first.txt"
    ingest "$S/first.txt"
    head -c 8000000 /dev/urandom > "$S/large.bin"
    status=0
    holdfast --quiet ingest "$S" > "$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
    mount -o remount,size=100m "$BATS_TEST_TMPDIR/small"
    verified=0
    holdfast verify > "$BATS_TEST_TMPDIR/verify" 2>&1 || verified=$?
    ingest "$S"
    found=$(paths kept | sort -u) # the file is in two sources: itself, and its folder
    umount -l "$BATS_TEST_TMPDIR/small"
    assert_equal "$status" 70 "status on the full disk: $(cat "$BATS_TEST_TMPDIR/out")"
    assert_equal "$verified" 0 "verify afterwards: $(cat "$BATS_TEST_TMPDIR/verify")"
    assert_equal "$found" "$S/first.txt"
}

@test "a source that vanished is an error, and nothing in the vault changes" {
    fill_source
    undisturbed
    mv "$S" "$S.away"
    assert_status 2 holdfast "${command_under_test[@]}" "$S"
    assert_equal "$(fingerprint M)" "$want"
    mv "$S.away" "$S"
    assert_completes "source back"
}
