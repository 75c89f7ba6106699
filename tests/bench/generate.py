#!/usr/bin/env python3
"""tests/bench/generate.py CORPUS FOLDER [--documents N] [--seed S] [--dump FILE] -- mail in any number, made of real text.

Reads the messages below CORPUS (a maildir, mboxes, .eml) and writes N new ones as mboxes below FOLDER/users/NAME/: paragraphs,
subjects and addresses are those of the corpus, dealt out anew, so that words are as frequent and stand beside each other as in
real mail; each message has words of its own as well (its reference, a few numbers), so that the vocabulary grows with the mail.
The same corpus, number and seed give the same bytes. FOLDER/queries.tsv gets the questions of search.sh: words are chosen by how
often they are in what was written. --dump FILE writes the same text for Xapian's scriptindex."""
import argparse
import collections
import email
import email.policy
import email.utils
import mailbox
import os
import random
import re
import sys
import time

PEOPLE = 40            # custodians
MESSAGES_A_FILE = 5000
FIRST_DAY, DAYS = 978307200, 15 * 365  # 2001-01-01, and how many days the mail spans
LOOKED_AT = 20000      # messages that words are counted in
STOP_WORDS = frozenset("a an as at be by for from if in is it of on that the this to with you".split())


def each_message(corpus):
    for folder, folders, names in os.walk(corpus):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                head = file.read(5)
            if head == b"From ":
                box = mailbox.mbox(path, create=False)
                for key in box.iterkeys():
                    yield box.get_bytes(key)
            else:
                with open(path, "rb") as file:
                    yield file.read(4 << 20)


def plain_text(message):
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            raw = part.get_payload(decode=True) or b""
            try:
                return raw.decode(part.get_content_charset() or "utf-8", "replace")
            except LookupError:
                return raw.decode("latin-1")
    return ""


def clean(line):
    return "".join(c if c.isprintable() else " " for c in line).strip()


class Pool:
    """What the corpus has to deal out."""

    def __init__(self, corpus):
        people, subjects, paragraphs = collections.Counter(), {}, {}
        for raw in each_message(corpus):
            message = email.message_from_bytes(raw, policy=email.policy.compat32)
            name, address = email.utils.parseaddr(str(message.get("From", "")))
            if re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", address):
                people[(clean(name).replace('"', "") if name.isascii() else "", address.lower())] += 1
            subject = clean(re.sub(r"(?i)^(re|fwd?|aw):\s*", "", str(message.get("Subject", ""))))
            if subject.isascii() and subject:
                subjects[subject[:120]] = None
            for piece in re.split(r"\n\s*\n", plain_text(message)):
                piece = "\n".join(filter(None, (clean(line) for line in piece.splitlines())))
                if 20 <= len(piece) <= 1500:
                    paragraphs[piece] = None
        if not people or not subjects or not paragraphs:
            sys.exit(f"{corpus}: no mail to make more of")
        self.people = [who for who, _ in people.most_common(400)]
        self.subjects, self.paragraphs = list(subjects), list(paragraphs)


class Message:
    def __init__(self, pool, deal, number):
        self.number = number
        self.sender = deal.choice(pool.people)
        self.to = deal.sample(pool.people, min(len(pool.people), deal.choice((1, 1, 1, 2, 2, 3))))
        self.subject = deal.choice(("", "Re: ", "Re: ")) + deal.choice(pool.subjects)
        self.time = FIRST_DAY + deal.randrange(DAYS) * 86400 + deal.randrange(86400)
        pieces = [deal.choice(pool.paragraphs) for _ in range(min(40, 1 + int(deal.expovariate(0.25))))]
        pieces.append(f"Ref. hf{number:08d} {deal.getrandbits(32):08x} {deal.randrange(10 ** 7)}")
        self.body = "\n\n".join(pieces)
        self.custodian = deal.randrange(PEOPLE)

    def text(self):
        return f"{self.subject}\n{self.body}"

    def mbox(self):
        def shown(who):
            return f'"{who[0]}" <{who[1]}>' if who[0] else f"<{who[1]}>"
        date = email.utils.formatdate(self.time)
        body = re.sub(r"(?m)^(>*From )", r">\1", self.body)
        return (f"From {self.sender[1]} {time.asctime(time.gmtime(self.time))}\n"
                f"From: {shown(self.sender)}\nTo: {', '.join(map(shown, self.to))}\nSubject: {self.subject}\n"
                f"Date: {date}\nMessage-ID: <hf{self.number:08d}@bench.invalid>\n"
                f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n\n")

    def dumped(self):
        return f"id=hf{self.number:08d}\ndate={time.strftime('%Y%m%d', time.gmtime(self.time))}\ntext=" + \
            self.text().replace("\n", "\n=") + "\n\n"


class Counts:
    """How often words and pairs of them are, in the first messages."""

    def __init__(self):
        self.messages, self.words, self.pairs, self.all = 0, collections.Counter(), collections.Counter(), set()

    def add(self, text):
        words = re.findall(r"[a-z0-9_]+", text.lower())
        self.all.update(words)
        self.words.update({w for w in words if w.isalpha() and len(w) > 1})
        self.pairs.update({(a, b) for a, b in zip(words, words[1:]) if a.isalpha() and b.isalpha()})
        self.messages += 1

    def near(self, counter, share, n, good=lambda key: True):
        wanted = share * self.messages
        return sorted((k for k in counter if good(k)), key=lambda k: (abs(counter[k] - wanted), k))[:n]

    def prefix(self, expansions):
        sizes = collections.Counter(w[:n] for w in self.all for n in (2, 3, 4) if w.isalpha() and len(w) > n)
        return min(sizes, key=lambda p: (abs(sizes[p] - expansions), p))

    def queries(self):
        long = lambda w: len(w) > 3
        three = self.near(self.words, 0.05, 3, long)
        one, other = self.near(self.words, 0.15, 2, long)
        pair = self.near(self.pairs, 0.005, 1, lambda p: long(p[0]) and long(p[1]))[0]
        stops = max((p for p in self.pairs if STOP_WORDS.issuperset(p)), key=lambda p: (self.pairs[p], p))
        prefix, common = self.prefix(500), self.near(self.words, 0.1, 1, long)[0]
        yield "rare word", "hf00000123", "hf00000123"
        yield "and of three", " and ".join(three), " AND ".join(three)
        yield "phrase", f'"{pair[0]} {pair[1]}"', f'"{pair[0]} {pair[1]}"'
        yield "word in dates", f"{three[0]} and date:2004-01..2004-06", ""
        yield "w/10 of common words", f"{one} w/10 {other}", f"{one} NEAR/10 {other}"
        yield "phrase of stop words", f'"{stops[0]} {stops[1]}"', f'"{stops[0]} {stops[1]}"'
        yield "w/10 with a wildcard", f"{prefix}* w/10 {common}", ""
        yield "con*", "con*", "con*"
        yield "leading wildcard", "*ation", ""
        yield "fuzzy", f"{three[1][:1]}%{three[1][1:]}", ""
        yield "stem", f"{three[0]}~", ""
        yield "nested", f"(({one} or {three[0]}) w/5 {other}) w/20 {common}", ""
        yield "half of all", "date:2001..2008-06", ""

    def terms(self):
        """A hundred terms as they are agreed on: words, phrases, wildcards, proximity."""
        shares = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12]
        words = [w for share in shares for w in self.near(self.words, share, 8, lambda w: len(w) > 3)]
        pairs = [p for share in shares[:5] for p in self.near(self.pairs, share, 4, lambda p: min(map(len, p)) > 3)]
        yield from words[:30]
        yield from (f'"{a} {b}"' for a, b in pairs[:20])
        yield from (f"{w[:4]}*" for w in words[30:50])
        yield from (f"{words[i]} w/10 {words[i + 30]}" for i in range(0, 20))
        yield from (f"({words[i]} or {words[i + 1]}) w/5 {words[i + 40][:5]}*" for i in range(20, 30))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("corpus")
    parser.add_argument("folder")
    parser.add_argument("--documents", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dump")
    options = parser.parse_args()
    pool, deal, counts = Pool(options.corpus), random.Random(options.seed), Counts()
    dump = open(options.dump, "w", encoding="utf-8") if options.dump else None
    waiting = [[] for _ in range(PEOPLE)]
    written = [0] * PEOPLE

    def write(custodian):
        folder = os.path.join(options.folder, "users", f"custodian{custodian + 1:02d}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{written[custodian]:04d}.mbox"), "w", encoding="utf-8", newline="\n") as file:
            file.writelines(waiting[custodian])
        written[custodian] += 1
        waiting[custodian] = []

    for number in range(options.documents):
        message = Message(pool, deal, number)
        waiting[message.custodian].append(message.mbox())
        if len(waiting[message.custodian]) == MESSAGES_A_FILE:
            write(message.custodian)
        if dump:
            dump.write(message.dumped())
        if number < LOOKED_AT:
            counts.add(message.text())
    for custodian in range(PEOPLE):
        if waiting[custodian]:
            write(custodian)
    with open(os.path.join(options.folder, "queries.tsv"), "w", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in counts.queries())
    with open(os.path.join(options.folder, "terms.txt"), "w", encoding="utf-8") as file:
        file.writelines(term + "\n" for term in counts.terms())


if __name__ == "__main__":
    main()
