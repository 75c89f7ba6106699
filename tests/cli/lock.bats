#!/usr/bin/env bats
load helpers

@test "a second writer is told that the vault is busy, readers go on" {
    new_vault
    echo "a date palm" > "$S/a.txt"
    ingest "$S"
    mkfifo "$BATS_TEST_TMPDIR/go"
    # Any other process that holds the lock: fcntl's locks and ours see each other.
    python3 - "$V/lock" "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/go" << 'END' &
import fcntl, sys
lock = open(sys.argv[1], "r+")
fcntl.lockf(lock, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
open(sys.argv[3]).read()
END
    holder=$!
    until [ -e "$BATS_TEST_TMPDIR/held" ] || ! kill -0 "$holder" 2> /dev/null; do :; done
    echo "a second date" > "$S/b.txt"
    assert_status 5 holdfast --quiet ingest "$S"
    [[ ${output,,} == *busy* || ${output,,} == *lock* || ${output,,} == *writ* ]]
    assert_equal "$(ids palm | wc -l)" 1
    assert_status 0 holdfast status
    : > "$BATS_TEST_TMPDIR/go"
    wait "$holder"
    ingest "$S"
    assert_equal "$(count new)" 1
}
