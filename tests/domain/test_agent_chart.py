"""The agent's chart with its rules, as stories: what becomes of what is said, and when."""

from __future__ import annotations

import pytest

from lossy.charts.step import resume
from lossy.domain.agent import MENDS, WAITING, mended_in_a_row
from lossy.settings import Agent
from tests.domain.agent_session import Desk, agent_data

CONFIRMING, STRUCTURING, WORDS = Agent().confirming_ms, Agent().structuring_ms, Agent().transcript_wait_ms
CLICKS = ["confirm", "undo", "post", "cancel"]


def pending(confidence: float = 0.6, **settings: object) -> Desk:
    """A desk with note a just saved, which can still be taken back."""
    desk = Desk(agent_data(**settings)).note("a", confidence=confidence)
    assert (desk.hand, desk.outcomes) == ("confirming", [("a", "save_note")])
    return desk


# -- one remark ---------------------------------------------------------------------------------------------------


def test_a_remark_becomes_a_note_which_can_be_taken_back_for_a_moment() -> None:
    desk = Desk().say("a")
    assert desk.hand == "structuring"
    assert [(e.name, e.args) for e in desk.moves[-1].effects] == [
        ("agent_event", {"type": "intent"}),
        ("start_work", {"work": "structure", "state": "structuring"}),
        ("start_timer", {"timer": "structuring", "due": STRUCTURING}),
    ]
    assert desk.draft().hand == "confirming"
    assert desk.outcomes == [("a", "save_note")]
    drafted = {"text": "The logo is too dark.", "category": "color", "confidence": 0.6}
    assert desk.state.data["last"] == {"id": "a", "done": "saved", **drafted}
    assert desk.wait(CONFIRMING - 1).hand == "confirming"
    assert desk.wait(1).hand == "ready"
    assert (desk.moved, desk.state.data["pending"], desk.state.data["remark"]) == ([], False, None)


def test_a_draft_that_is_not_sure_enough_is_refused() -> None:
    desk = Desk().note("a", confidence=0.29)
    assert (desk.hand, desk.outcomes) == ("ready", [("a", "low_confidence")])
    assert desk.state.data["last"] is None


def test_what_fails_is_tried_again_with_longer_waits_and_then_given_up() -> None:
    desk = Desk().say("a")
    for wait in (500, 1_000, 2_000):
        assert desk.hear("failed.structuring").hand == "retrying"
        assert desk.wait(wait - 1).hand == "retrying"
        assert desk.wait(1).hand == "structuring"
    assert not desk.outcomes
    assert desk.hear("failed.structuring").hand == "error"
    assert (desk.outcomes, desk.sent) == ([("a", "structuring_failed")], ["inference_failed"])


def test_a_try_that_takes_too_long_is_one_that_failed() -> None:
    desk = Desk().say("a").wait(STRUCTURING - 1)
    assert desk.hand == "structuring"
    assert desk.wait(1).hand == "retrying"
    desk.wait(4 * STRUCTURING)
    assert (desk.hand, desk.outcomes) == ("error", [("a", "structuring_timeout")])


def test_the_next_remark_has_all_its_tries() -> None:
    desk = Desk().say("a")
    for _ in range(3):
        desk.hear("failed.structuring").wait(2_000)
    desk.hear("failed.structuring")
    assert desk.hand == "error"
    assert desk.say("b").hand == "structuring"
    assert desk.hear("failed.structuring").hand == "retrying"
    assert desk.state.deadlines["retrying"] - desk.now == 500


# -- several ------------------------------------------------------------------------------------------------------


def test_ten_remarks_a_second_apart_are_ten_notes_in_order() -> None:
    desk = Desk()
    for number in range(10):
        desk.say(str(number)).wait(400).draft().wait(600)
    assert desk.outcomes == [(str(number), "save_note") for number in range(10)]


def test_what_is_said_meanwhile_waits_its_turn() -> None:
    desk = Desk().say("a").say("b").wait(1_000).say("c")
    assert desk.draft().hand == "structuring", "who went on talking was content with a"
    assert desk.draft().hand == "structuring"
    assert desk.draft().hand == "confirming"
    assert desk.outcomes == [("a", "save_note"), ("b", "save_note"), ("c", "save_note")]


def test_what_waits_is_tried_after_one_that_failed_too() -> None:
    desk = Desk().say("a").hear("failed.structuring").say("b")
    assert (desk.hand, len(desk.state.data["waiting"])) == ("retrying", 1)
    desk.wait(4 * STRUCTURING)
    assert (desk.hand, desk.outcomes) == ("structuring", [("a", "structuring_timeout")])


def test_who_goes_on_talking_is_content_with_the_note() -> None:
    desk = pending().say("b")
    assert (desk.hand, desk.state.data["pending"], desk.moved) == ("structuring", False, [])


def test_a_remark_for_which_there_is_no_room_is_deferred() -> None:
    desk = Desk().say("first")
    for number in range(WAITING):
        desk.say(str(number))
    assert "defer" not in [effect.name for effect in desk.effects]
    desk.say("too many")
    assert [effect.name for effect in desk.moves[-1].effects] == ["defer"]
    assert len(desk.state.data["waiting"]) == WAITING


# -- by click -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("click", "moved", "done"),
    [
        ("confirm", ["confirm"], "saved"),
        ("cancel", ["delete"], "scratched"),
        ("undo", ["delete"], "scratched"),
        ("post", ["queue"], "queued"),
    ],
)
def test_a_click_decides_about_the_pending_note(click: str, moved: list[str], done: str) -> None:
    desk = pending().hear(click)
    assert (desk.hand, desk.moved, desk.state.data["last"]["done"]) == ("ready", moved, done)


@pytest.mark.parametrize(
    ("clicks", "moved", "done"),
    [
        (["cancel"], ["delete"], "scratched"),
        (["post"], ["queue"], "queued"),
        (["undo"], ["delete"], "scratched"),
        (["undo", "undo"], ["delete", "undo"], "saved"),
        (["undo", "undo", "undo"], ["delete", "undo", "delete"], "scratched"),
        (["post", "undo"], ["queue", "unqueue"], "saved"),
        (["cancel", "cancel"], ["delete"], "scratched"),
        (["cancel", "post"], ["delete"], "scratched"),
        (["post", "post"], ["queue"], "queued"),
        (["post", "cancel"], ["queue", "delete"], "scratched"),
        (["confirm"], ["confirm"], "saved"),
    ],
)
def test_clicks_are_about_the_last_note_later_too(clicks: list[str], moved: list[str], done: str) -> None:
    desk = pending().wait(CONFIRMING)
    for click in clicks:
        desk.hear(click)
    assert (desk.hand, desk.moved, desk.state.data["last"]["done"]) == ("ready", moved, done)


def test_a_note_that_goes_to_the_platform_says_so() -> None:
    desk = pending().hear("post")
    assert [(e.name, e.args) for e in desk.moves[-1].effects if e.name in ("move_note", "agent_event")] == [
        ("agent_event", {"type": "tool_start", "command": "post"}),
        ("move_note", {"event": "queue"}),
    ]


@pytest.mark.parametrize("click", CLICKS)
def test_a_click_with_nothing_to_act_on_is_told_so(click: str) -> None:
    desk = Desk().hear(click)
    assert (desk.moved, desk.results) == ([], [click])


@pytest.mark.parametrize("click", CLICKS)
def test_a_click_about_a_note_that_is_not_the_last_one_any_more_does_nothing(click: str) -> None:
    desk = pending().note("b").hear(click, remark="a")
    assert (desk.hand, desk.moved, desk.results) == ("confirming", [], [click])
    assert pending().note("b").hear(click, remark="b").moved == pending().hear(click).moved


@pytest.mark.parametrize("click", CLICKS)
def test_a_click_while_a_remark_is_in_hand_does_nothing(click: str) -> None:
    desk = pending().wait(CONFIRMING).say("b").hear(click)
    assert (desk.hand, desk.moved) == ("structuring", [])
    assert (desk.hear("failed.structuring").hear(click).hand, desk.moved) == ("retrying", [])
    assert desk.results == [click, click]


# -- by voice -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "moved", "done"),
    [
        ("Scratch that.", ["delete"], "scratched"),
        ("undo", ["delete"], "scratched"),
        ("keep it", ["confirm"], "saved"),
        ("post it", ["queue"], "queued"),
    ],
)
@pytest.mark.parametrize("later_ms", [0, 2 * CONFIRMING])
def test_a_word_decides_about_the_last_note(words: str, moved: list[str], done: str, later_ms: int) -> None:
    desk = pending().wait(later_ms).say("b", words)
    assert (desk.hand, desk.moved, desk.state.data["last"]["done"]) == ("ready", moved, done)
    assert desk.outcomes == [("a", "save_note"), ("b", "obey")]


def test_undo_takes_back_the_last_thing_done() -> None:
    desk = pending().say("b", "scratch that").say("c", "undo")
    assert (desk.moved, desk.state.data["last"]["done"]) == (["delete", "undo"], "saved")
    desk.say("d", "post it").say("e", "undo that")
    assert (desk.moved, desk.state.data["last"]["done"]) == (["delete", "undo", "queue", "unqueue"], "saved")
    assert desk.outcomes[1:] == [(id, "obey") for id in "bcde"]


@pytest.mark.parametrize("words", ["scratch that", "undo", "post it", "keep that"])
def test_a_command_with_nothing_to_act_on_is_refused(words: str) -> None:
    desk = Desk().say("a", words)
    assert (desk.hand, desk.moved, desk.outcomes) == ("ready", [], [("a", "nothing_to_act_on")])


@pytest.mark.parametrize("words", ["post it", "scratch that", "keep it"])
def test_a_note_that_was_scratched_is_neither_posted_nor_scratched_again(words: str) -> None:
    desk = pending().hear("cancel").say("b", words)
    assert (desk.moved, desk.outcomes[-1]) == (["delete"], ("b", "nothing_to_act_on"))


def test_the_microphone_is_paused_and_resumed_by_voice() -> None:
    desk = pending().say("b", "pause")
    assert (desk.hand, desk.sent, desk.outcomes[-1]) == ("ready", ["pause"], ("b", "obey"))
    assert desk.say("c", "resume").sent == ["pause", "resume"]
    assert desk.state.data["last"]["done"] == "saved"


def test_a_command_said_while_the_remark_was_understood_is_about_its_note() -> None:
    desk = Desk().say("a").say("b", "scratch that").say("c")
    assert desk.draft().moved == ["delete"]
    assert (desk.hand, desk.outcomes) == ("structuring", [("a", "save_note"), ("b", "obey")])


def test_a_command_that_waited_for_a_remark_that_made_no_note_has_nothing_to_act_on() -> None:
    desk = Desk().say("a").say("b", "scratch that").draft(0.1)
    assert desk.outcomes == [("a", "low_confidence"), ("b", "nothing_to_act_on")]


def test_a_correction_mends_the_pending_note() -> None:
    desk = pending().say("b", "make that the second shot")
    assert desk.hand == "structuring"
    assert (desk.draft().hand, desk.outcomes[-1]) == ("confirming", ("b", "amend_note"))
    assert desk.state.data["last"]["id"] == "a"
    assert desk.hear("cancel").moved == ["delete"]


def mended(confidence: float = 0.6, **settings: object) -> Desk:
    return pending(confidence, **settings).say("b", "make that the second shot").draft(category="audio")


@pytest.mark.parametrize("later_ms", [0, CONFIRMING])
def test_undo_takes_back_a_correction_and_then_the_note(later_ms: int) -> None:
    spoken = mended().wait(later_ms).say("c", "undo")
    assert (spoken.hand, spoken.moved, spoken.outcomes[-1]) == ("ready", ["edit"], ("c", "obey"))
    assert spoken.state.data["last"]["category"] == "color", "a deletion is of what the note is by now"
    assert spoken.say("d", "undo").moved == ["edit", "delete"]
    clicked = mended().wait(later_ms).hear("undo", remark="a")
    assert (clicked.hand, clicked.moved) == ("ready", ["edit"])
    assert clicked.hear("undo").moved == ["edit", "delete"]
    assert clicked.state.data["deletions"] == {"color": 1}


def test_undo_walks_back_a_row_of_corrections() -> None:
    desk = mended().say("c", "make that louder").draft(category="pacing")
    seen = [desk.hear("undo").state.data["last"]["category"] for _ in range(2)]
    assert (seen, desk.moved) == (["audio", "color"], ["edit", "edit"])
    assert desk.hear("undo").moved == ["edit", "edit", "delete"]


def test_so_many_corrections_are_remembered() -> None:
    desk = mended()
    for n in range(MENDS):
        desk.say(f"c{n}", "make that louder").draft(category="pacing")
    assert desk.state.data["last"]["mended_from"] == ["audio", *["pacing"] * (MENDS - 1)]


def test_a_correction_of_version_3_can_still_be_taken_back() -> None:
    last = {**mended().state.data["last"], "mended_from": "color"}
    assert mended_in_a_row({"last": last})["last"]["mended_from"] == ["color"]
    for stored in ({"last": None}, {"last": {"id": "a"}}):
        assert mended_in_a_row(stored) == stored


ABOUT_LAST = {"category": "color", "remark": "a"}


def test_a_note_that_its_author_deletes_elsewhere_counts_and_is_brought_back_by_undo() -> None:
    desk = pending().hear("note_deleted", **ABOUT_LAST)
    assert (desk.state.data["last"]["done"], desk.state.data["deletions"]) == ("scratched", {"color": 1})
    assert desk.hear("note_deleted", **ABOUT_LAST).state.data["deletions"] == {"color": 1}, "told twice"
    assert desk.hear("undo").moved == ["undo"]
    assert desk.state.data["deletions"] == {"color": 0}


def test_a_note_that_comes_back_elsewhere_was_not_deleted() -> None:
    desk = pending().hear("cancel").hear("note_restored", **ABOUT_LAST)
    assert (desk.state.data["last"]["done"], desk.state.data["deletions"]) == ("saved", {"color": 0})


def test_an_earlier_note_that_is_deleted_or_comes_back_elsewhere_only_counts() -> None:
    desk = pending().hear("note_deleted", category="audio", remark="of before")
    assert (desk.state.data["last"]["done"], desk.state.data["deletions"]) == ("saved", {"audio": 1})
    desk.hear("note_restored", category="audio", remark="of before")
    assert (desk.state.data["last"]["done"], desk.state.data["deletions"]) == ("saved", {"audio": 0})


@pytest.mark.parametrize("between", ["cancel", "post"])
def test_undo_takes_back_what_was_done_after_a_correction_and_not_the_correction(between: str) -> None:
    desk = mended().hear(between).hear("undo").hear("undo")
    assert (desk.moved[2:], desk.state.data["deletions"]) == (["delete"], {"audio": 1})


def test_what_was_corrected_can_be_scratched_at_once() -> None:
    assert mended().say("c", "scratch that").moved == ["delete"]
    assert mended().hear("cancel").moved == ["delete"]


def test_the_next_note_was_not_corrected() -> None:
    assert mended().note("c").hear("undo").moved == ["delete"]


def test_a_remark_that_made_no_note_leaves_the_correction_the_last_thing_done() -> None:
    assert mended().note("c", confidence=0.1).hear("undo").moved == ["edit"]


def test_a_sure_note_does_not_post_itself_once_its_correction_was_taken_back() -> None:
    assert mended(confidence=0.9, auto_post=True).hear("undo").wait(CONFIRMING).moved == ["edit"]


def test_a_correction_that_is_not_understood_leaves_the_note_as_it_was() -> None:
    desk = pending().say("b", "make that the second shot").draft(0.1)
    assert (desk.hand, desk.outcomes[-1]) == ("ready", ("b", "low_confidence"))


def test_make_that_is_a_remark_when_no_note_is_pending() -> None:
    desk = pending().wait(CONFIRMING).note("b", "Make that louder.")
    assert desk.outcomes[-1] == ("b", "save_note")


def test_without_commands_every_word_is_a_remark() -> None:
    desk = pending(commands=False).note("b", "scratch that").note("c", "make that red")
    assert (desk.outcomes[1:], desk.moved) == ([("b", "save_note"), ("c", "save_note")], [])


@pytest.mark.parametrize("click", CLICKS)
def test_without_commands_no_click_moves_the_note(click: str) -> None:
    desk = pending(commands=False, confidence=0.9, auto_post=True).hear(click)
    assert (desk.hand, desk.moved) == ("confirming", [])
    assert desk.wait(CONFIRMING).hear(click).moved == []


def test_words_on_their_way_when_the_time_is_up_may_still_take_the_note_back() -> None:
    """Spoken within the three seconds, and transcribed a little later."""
    desk = pending(0.9, auto_post=True).hear("segment", device="laptop", seq=2).wait(CONFIRMING)
    assert (desk.hand, desk.moved) == ("confirming", [])
    desk.wait(500).say("b", "scratch that", device="laptop", segment=1)
    assert (desk.hand, desk.moved) == ("ready", ["delete"])


def test_words_that_never_come_hold_the_note_back_for_their_time_and_no_longer() -> None:
    desk = pending(0.9, auto_post=True).hear("segment", device="laptop", seq=2).wait(WORDS - 1)
    assert (desk.hand, desk.moved) == ("confirming", [])
    assert desk.wait(1).moved == ["queue"]


def test_a_note_that_is_queued_can_be_scratched_too() -> None:
    desk = pending().hear("post").say("b", "scratch that")
    assert (desk.moved, desk.outcomes[-1]) == (["queue", "delete"], ("b", "obey"))


def test_a_click_that_takes_back_what_was_just_said_does_not_mean_the_note_before() -> None:
    waiting = pending().wait(CONFIRMING).hear("segment", device="laptop", seq=2)
    assert waiting.hear("cancel").moved == []
    assert pending().hear("segment", device="laptop", seq=2).hear("cancel").moved == []


# -- posting without being asked ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("confidence", "moved"), [(0.7, []), (0.71, ["queue"])])
def test_a_sure_note_posts_itself_once_nobody_took_it_back(confidence: float, moved: list[str]) -> None:
    desk = pending(confidence, auto_post=True).wait(CONFIRMING - 1)
    assert desk.moved == []
    assert desk.wait(1).moved == moved


def test_a_note_that_was_taken_back_does_not_post_itself() -> None:
    assert pending(0.9, auto_post=True).say("b", "scratch that").wait(CONFIRMING).moved == ["delete"]


def test_the_next_remark_lets_a_sure_note_post_itself() -> None:
    desk = pending(0.9, auto_post=True).say("b")
    assert (desk.moved, desk.hand) == (["queue"], "structuring")


@pytest.mark.parametrize("words", ["pause", "resume"])
def test_a_pause_by_voice_lets_a_sure_note_post_itself(words: str) -> None:
    assert pending(0.9, auto_post=True).say("b", words).moved == ["queue"]


def test_a_sure_note_that_is_confirmed_posts_itself_too() -> None:
    assert pending(0.9, auto_post=True).hear("confirm").moved == ["confirm", "queue"]
    assert pending(0.9, auto_post=True).say("b", "keep it").moved == ["confirm", "queue"]


def test_a_sure_note_does_not_post_itself_after_a_correction_that_was_not_understood() -> None:
    assert pending(0.9, auto_post=True).say("b", "make that red").draft(0.1).wait(CONFIRMING).moved == []


def test_a_command_that_waited_comes_before_a_sure_note_posts_itself() -> None:
    desk = Desk(agent_data(auto_post=True)).say("a").say("b", "scratch that").draft(0.9)
    assert desk.moved == ["delete"]


def test_a_remark_that_waited_lets_a_sure_note_post_itself() -> None:
    desk = Desk(agent_data(auto_post=True)).say("a").say("b").draft(0.9)
    assert desk.moved == ["queue"]


# -- the ear and the words ----------------------------------------------------------------------------------------


def test_the_ear_is_what_the_voice_chart_says() -> None:
    desk = Desk()
    assert desk.ear == "idle"
    assert [desk.hear(word).ear for word in ("listen", "rest", "listen")] == ["listening", "paused", "listening"]


def test_the_ear_never_rests_before_it_listened() -> None:
    assert Desk().hear("rest").ear == "idle"


def test_words_are_awaited_until_they_come() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).wait(1_000)
    assert desk.words == "transcribing"
    assert desk.hear("segment", device="laptop", seq=4).words == "transcribing"
    assert desk.say("a", device="laptop", segment=1).words == "transcribing"
    assert desk.say("b", device="laptop", segment=3).words == "none_awaited"
    assert (desk.state.data["segments"], desk.state.data["worded"]) == (2, 2)


def test_words_that_do_not_come_are_given_up() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).wait(WORDS - 1)
    assert (desk.words, desk.state.data["missing"]) == ("transcribing", 0)
    assert (desk.wait(1).words, desk.state.data["missing"]) == ("none_awaited", 1)
    assert [effect.name for effect in desk.moves[-1].effects] == ["stop_timer", "status"]
    assert desk.say("a", device="laptop", segment=1).state.data["missing"] == 0


def test_younger_words_have_their_time_too() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).wait(1_000).hear("segment", device="laptop", seq=4)
    assert (desk.wait(WORDS - 1_000).words, desk.state.data["missing"]) == ("transcribing", 1)
    assert (desk.wait(WORDS).words, desk.state.data["missing"]) == ("none_awaited", 2)


def here(**settings: object) -> Desk:
    """The server transcribes, and is at it."""
    desk = Desk(agent_data(server_stt=True, **settings)).hear("segment", device="laptop", seq=2)
    assert desk.words == "transcribing_here"
    return desk


def test_the_server_transcribes_when_the_user_lets_it() -> None:
    desk = here()
    assert ("start_work", "transcribe") in [(e.name, e.args.get("work")) for e in desk.moves[-1].effects]
    desk.say("a", device="laptop", segment=1).hear("done.transcribing_here")
    assert (desk.words, desk.state.data["worded"]) == ("none_awaited", 1)
    assert [e.name for e in desk.moves[-1].effects] == ["stop_work", "forget_audio"]


def test_the_server_goes_on_with_what_was_said_meanwhile() -> None:
    desk = here().hear("segment", device="laptop", seq=4).say("a", device="laptop", segment=1)
    assert desk.hear("done.transcribing_here").words == "transcribing_here"
    assert [segment["seq"] for segment in desk.state.data["awaited"]] == [4]


def test_what_the_transcriber_found_no_words_in_is_given_up() -> None:
    """It is not given the same audio for ever."""
    desk = here().hear("segment", device="laptop", seq=4).hear("done.transcribing_here")
    assert (desk.words, desk.state.data["missing"]) == ("transcribing_here", 1)
    assert (desk.hear("done.transcribing_here").words, desk.state.data["missing"]) == ("none_awaited", 2)


def test_words_of_a_remark_that_is_deferred_are_still_awaited() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).say("first")
    for number in range(WAITING):
        desk.say(str(number))
    desk.say("again", device="laptop", segment=1)
    assert (desk.words, desk.state.data["worded"]) == ("transcribing", 0)
    assert desk.draft(0.1).say("again", device="laptop", segment=1).words == "none_awaited"


def test_audio_that_is_full_is_transcribed_at_once() -> None:
    desk = Desk(agent_data(server_stt=True)).hear("audio_full")
    assert desk.words == "transcribing_here"
    desk.hear("audio_full")
    work = [e.name for e in desk.moves[-1].effects if e.name in ("stop_work", "forget_audio", "start_work")]
    assert work == ["stop_work", "forget_audio", "start_work"]
    assert Desk().hear("segment", device="laptop", seq=2).hear("audio_full").words == "transcribing"


def test_a_transcriber_that_fails_is_asked_again_and_then_given_up() -> None:
    desk = here()
    for wait in (500, 1_000, 2_000):
        assert desk.hear("failed.transcribing_here").words == "retrying_words"
        assert desk.wait(wait - 1).hear("audio_full").words == "retrying_words"
        assert desk.wait(1).words == "transcribing_here"
    assert desk.hear("segment", device="laptop", seq=4).hear("failed.transcribing_here").words == "none_awaited"
    assert (desk.state.data["missing"], desk.sent) == (2, ["inference_failed"])
    assert desk.moves[-1].effects[-1].name == "status"
    assert desk.hear("audio_full").hear("failed.transcribing_here").words == "retrying_words", "with tries of its own"


def test_each_transcription_has_all_its_tries() -> None:
    desk = here().hear("failed.transcribing_here").wait(500).hear("failed.transcribing_here").wait(1_000)
    desk.say("a", device="laptop", segment=1).hear("done.transcribing_here").hear("segment", device="laptop", seq=4)
    assert desk.hear("failed.transcribing_here").words == "retrying_words"
    assert desk.state.deadlines["retrying_words"] - desk.now == 500
    assert desk.hear("segment", device="laptop", seq=6).wait(500).words == "transcribing_here"
    assert [segment["seq"] for segment in desk.state.data["awaited"]] == [4, 6]


# -- settings and the end -----------------------------------------------------------------------------------------


def test_settings_change_under_a_live_session() -> None:
    desk = Desk().hear("settings_changed", min_confidence=0.7)
    assert desk.note("a", confidence=0.6).outcomes == [("a", "low_confidence")]


def test_an_agent_with_nothing_in_hand_ends_at_once() -> None:
    desk = Desk().hear("close")
    assert desk.ended
    assert [effect.name for effect in desk.moves[-1].effects] == ["end_session", "send"]
    assert desk.sent == ["all_decided"]


@pytest.mark.parametrize("stage", ["structuring", "retrying", "waiting"])
def test_what_was_said_before_the_end_is_still_decided(stage: str) -> None:
    desk = Desk().say("a")
    if stage == "retrying":
        desk.hear("failed.structuring")
    if stage == "waiting":
        desk.say("b")
    desk.hear("close")
    assert not desk.ended
    desk.wait(500).draft().draft()
    assert (desk.ended, len(desk.outcomes)) == (True, 2 if stage == "waiting" else 1)


def test_a_pending_note_does_not_hold_up_the_end() -> None:
    assert pending(0.9, auto_post=True).hear("close").moved == ["queue"]
    assert pending().hear("close").ended
    assert Desk().say("a").hear("close").draft().ended


def test_the_end_waits_for_words_that_are_to_come() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).hear("close")
    assert not desk.ended
    assert desk.say("a", device="laptop", segment=1).draft().ended
    given_up = Desk().hear("segment", device="laptop", seq=2).hear("close").wait(WORDS)
    assert given_up.ended


def test_an_agent_that_could_not_understand_the_last_remark_ends_too() -> None:
    desk = Desk(agent_data(retries=0)).say("a").hear("failed.structuring")
    assert desk.hand == "error"
    assert desk.hear("close").ended


@pytest.mark.parametrize("click", ["undo", "cancel", "post"])
def test_after_an_error_the_last_note_can_still_be_changed(click: str) -> None:
    desk = Desk(agent_data(retries=0)).note("a").wait(CONFIRMING).say("b").hear("failed.structuring")
    assert desk.hand == "error"
    assert len(desk.hear(click).moved) == 1


# -- what a stored agent does when it is taken up again -----------------------------------------------------------


def taken_up(desk: Desk, later_ms: int) -> dict[str, int]:
    """How long its timers still run when it was stored now and is taken up again later."""
    at = desk.now + later_ms
    resumed, _ = resume(desk.chart, desk.state, stopped_at=desk.now, at=at)
    return {id: due - at for id, due in resumed.deadlines.items()}


def test_the_browser_has_the_whole_time_for_its_words_again() -> None:
    desk = Desk().hear("segment", device="laptop", seq=2).wait(4_000)
    assert taken_up(desk, 60_000) == {"transcribing": WORDS}


def test_a_try_that_was_under_way_begins_anew() -> None:
    assert taken_up(Desk().say("a").wait(4_000), 60_000) == {"structuring": STRUCTURING}


def test_a_pause_between_two_tries_and_the_time_to_take_a_note_back_go_on() -> None:
    assert taken_up(pending().wait(1_000), 1_500) == {"confirming": CONFIRMING - 2_500}
    assert taken_up(Desk().say("a").hear("failed.structuring").wait(100), 300) == {"retrying": 100}
    assert taken_up(here().hear("failed.transcribing_here").wait(100), 300) == {"retrying_words": 100}
