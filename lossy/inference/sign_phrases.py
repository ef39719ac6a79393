"""What a remark wants, or that it wants nothing: phrases, by the sign they are of."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from lossy.inference.tokens import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sign(StrEnum):
    """The last four are empty talk, which makes a note only together with other words."""

    FAULT = "fault"  # something is wrong
    REQUEST = "request"  # something is to be done
    WISH = "wish"  # the same, unless it is within a question: "do we need the logo?"
    EDIT = "edit"  # a verb of editing: a request where it is an imperative
    ATTRIBUTE = "attribute"  # a fault after a degree, and where it ends a clause: "a bit dark", "the title's small"
    MORE = "more"  # a comparative: a request unless it is praise
    PRAISE = "praise"
    ASKING = "asking"  # wants to know, without the form of a question
    UNSURE = "unsure"  # the reviewer doubts their own remark
    VAGUE = "vague"  # nothing an editor could act on
    ASIDE = "aside"  # said to oneself, to somebody else or to the machine
    PHANTOM = "phantom"  # what speech-to-text makes of silence and music
    NOISE = "noise"  # a sound, or a word of agreement


SIGN_PHRASES: Mapping[Sign, str] = {
    Sign.FAULT: """
        wrong, is off, feels off, bad, worse, terrible, awful, horrible, poor, ugly, broken, missing, mistake,
        error, glitch, glitchy, glitches, bug, issue, problem, jarring, distracting, distract, boring, bored,
        confusing, confused, confuse, unclear, annoying, weird, weirdly, odd, oddly, strange, strangely,
        awkward, clunky, cheesy, cheap, messy, sloppy, harsh, typo, misspelled, misspelt, spelled wrong, spelt
        wrong, clipping, clips, distorted, distortion, muffled, tinny, boomy, hiss, hum, buzz, crackle, echo,
        echoey, shaky, wobbly, blurry, out of focus, overexposed, over exposed, underexposed, under exposed,
        blown out, washed out, crushed, banding, oversaturated, grainy, noisy, illegible, unreadable, inaudible,
        out of sync, mismatch, not enough, not working, isnt working, doesnt work, dont work, does not work,
        didnt work, isnt right, not right, not quite right, doesnt feel right, doesnt look right, doesnt sound
        right, cant hear, cannot hear, cant make out, cant read, cannot read, cant see, cannot see, cant tell,
        couldnt hear, couldnt read, hard to, difficult to, barely, hardly, impossible to, doesnt match, dont
        match, does not match, not matching, didnt match, doesnt make sense, makes no sense, dont get, dont
        understand, dont know who, no idea who, dont like, dont love, do not like, didnt like, hate, not a fan,
        not keen, not great, not loving, dont think this works, dont think that works, doesnt fit, does not fit,
        doesnt help, doesnt flow, doesnt land, doesnt sell, lost me, loses me, drags, drag, dragging, drags on,
        goes on, lingers, rushed, abrupt, abruptly, flat, dull, wooden, stiff, robotic, monotone, mumbles,
        stumbles, fluffs, mispronounces, flubs, trips over, in shot, boom mic, see the boom, reflection, jumps,
        jumpy, jump cut, pops, popping, flicker, flickers, flickering, flashes, stutters, judders, freezes, lag,
        lags, lagging, cut off, cuts off, cutting off, chopped off, crooked, wonky, tilted, off center, off
        centre, misaligned, overpowering, drowning out, drowns out, drowned out, drown, overwhelming, deafening,
        way off, unnecessary, repetitive, redundant, irrelevant, contradicts, misleading, inaccurate, incorrect,
        not true, isnt true, out of date, outdated, discontinued, typos, crosses the line, crossing the line,
        disappears, vanishes, teleports, changes position, already used, already seen, already said, shot twice,
        used twice, same shot, dead air, muddy, murky, unconvincing, overacting, nervous, rough, sudden,
        suddenly, too much, blocked, blocking, covers, covering, covered, overlaps, overlap, overlapping,
        obscured, hidden, clashes, clash, clashing, competing, competes, fighting, fights, misses, lacks,
        lacking, unnatural, fake, bland, tired, ruins, soft focus, fell flat, falls flat, not clear, isnt clear,
        not level, isnt level, isnt straight, no sound, no audio, theres no, there is no, wont know, not long
        enough, isnt long enough, not loud enough, not big enough, unbalanced, uneven, inconsistent, green tint,
        tacky, struggling to, struggle to, losing, lost, popped, popped up loved to see more, stutter, judder,
        wrongly, incorrectly, never see, cuts in bleeding, spills, spill, clipped, peaking, peaks, unsteady,
        buried, lost in, hard to read, tough to, trouble, dropout, drop out, drops out, dropping out, sticks
        out, stands out stick out, breaks, not in sync, isnt in sync, out of place, doesnt need, doesnt belong,
        dont belong, not a good, falls apart, waste, no reason, should not, shouldnt, shouldnt be, stumbled,
        fluffed, mumbled, flubbed, mispronounced, missed, visible, in the reflection, shows up, too many,
        rolling shutter, moire, artifacts, artefacts, pixelated, pixelation, aliasing, compression, ghosting,
        double, doubled, unbelievable, unrealistic, over acted, cringe, cringey, corny, tinted, off brand, cut
        short, chops, clunks, unintelligible, garbled, scratchy, crackling, crackly, static on, feedback,
        pumping, hissing, humming, buzzing, wind noise, background noise, bumps, bumped, are off, was off, looks
        off, look off, seems off, seem off, sounds off, sound off, bit off, little off, slightly off, quite off,
        really off, just off, completely off, totally off, frames off, second off, seconds off, beat off, all
        over the place, linger, lingering, a pop, a click, clicking, spelling mistake, weak, lame, throws me,
        takes me out, bumps me, bugs me, bothers me, bothering me, unprofessional, amateurish, painful,
        excessive, overkill, overdone, over the top, invisible, can barely, not convinced, not feeling, doesnt
        do it, not doing it, needs work, upside down, backwards, mirrored, frozen, black frame, flash frame,
        blank, skips, glitching, tearing, dropped frame, dropped frames, repeated, stray, leftover, placeholder,
        old logo, old version, old one, is still, still has, still the, still there, still says, still missing,
        grammar, grammatical error, supposed to be, meant to be, keeps, keep looking, keep darting, keep
        blinking, keep cutting, i can see, you can see, we can see, can still see, a moment ago, a second ago,
        and now its, and now hes, and now shes, same clip, same footage, no idea what, pop on, big pop, loud
        pop, pop in the, click on, bump on, a bump, a thud, a rumble, thin, wasnt there, doesnt look good, looks
        bad, looks fake, looks cheap, stutters over, did not work, isnt great, isnt good, throws off, threw me,
        wont read, mangled, messed up, screwed up, mess, choppy, clumsy, irritating, jars, jarred, lose track,
        too similar, wrong order, hammy, melodramatic, overplayed, overstays, outstays, not sold on, out of
        nowhere, off mic, off axis, unflattering, gibberish, sluggish, lifeless, dead, forgettable, ambiguous,
        tonally, jerky, juddery, jittery, hunting, mangles, a bit much, we never, never find, uncomfortable,
        cuts out, drops off, loses, forever, wears, tires, cuts in, no longer, bit too, awkwardly, poorly,
        badly, doesnt read, doesnt work for me, clunk, cheapens, unprofessionally, like a robot, dont believe,
        dont buy, not buying, hasnt been, havent been, hissy, in a different, different place, different
        position, different shirt, different outfit, different hand, going on a bit, goes on a bit, too long to,
        hasnt, desperate, unsure what, feet off, head off, make any sense, sounds like theres""",
    Sign.REQUEST: """
        please, lets, let us, can we, can you, could we, could you, would you, will you, can this, can that, can
        it, could this, could it, could that, i wonder if we could, i wonder if we can, i wonder if you could,
        wondering if we could, wondering if you could, wondering if we can, how about, what about, what if we,
        why dont we, why not, shall we, i suggest, suggest, recommend, make sure, dont forget to add, dont cut,
        get rid, take out, take it out, take this out, bring back, bring it back, give it, give this, give us,
        give him, give her, go with, swap out, feel free to, should we, do you think you could, do you think we
        could, would it be possible, is it possible to, any chance, any way we can, can the, can he, can she,
        can they, can these, can those, can his, can her, could the, could he, could she, could they, could
        these, could his, could her, do we have a better, do we have a more, do we have another, do we have a
        different, do we have a wider, do we have a closer, do we have an alt, do you have a better, do you have
        another, is there a better, is there another, is there a different, is there an alt, is there a more, is
        there a wider, have we got another, have we got a better, cant we, might want to, is there any way we,
        is there any way you, is there any way to, is there a way we, is there a way you, is there a way to, any
        way to""",
    Sign.WISH: """
        should, should be, need to, needs to, needs, need, has to, have to, must, could do with, could use,
        wants to be, id like, i would like, would like, id love, i would love, id prefer, i prefer, would
        prefer, id rather, i would rather, rather see, want to see, wanna see, i want, we want, would be better,
        would be nice, would be good, would be great, be better if, better without, better if, better with, itd
        be, it would be, instead, instead of, consider, ought to, worth trying, worth adding, i think we could,
        we could, you could, dont need, do not need, didnt need, can lose, could lose, not needed, want it, want
        this, wish, might be nice, might be better, might be good, might work better, would work better, would
        help, would benefit, benefit from, be nice to, be good to, be great to, nice to have, nice to see, wants
        a, wants to, deserves, belongs at, belongs before, belongs after, prefer, i would go, id go, maybe a,
        perhaps a, maybe some, missing a, cries out for, id cut, id lose, id drop, id trim, id move, id swap, id
        start, id end, id use, id keep, id hold, id make, id take, id put, i would cut, i would lose, i would
        drop, i would trim, id bring, id add, id remove, id try, id change, id fade, id push, id open, id
        shorten, id tighten""",
    Sign.EDIT: """
        cut, trim, shorten, lengthen, tighten, extend, hold, hold on, hold this, hold that, hold it, fade, fade
        in, fade out, fade to black, lower, raise, turn, bring, push, pull, add, remove, drop, lose, swap,
        replace, move, change, fix, make, use, try, speed, speed up, slow down, slow it down, slow this down,
        speed it up, speed this up, brighten, darken, warm, cool, zoom, zoom in, zoom out, crop, reframe, punch
        in, pan, blur, blur out, mute, duck, boost, delete, put, show, keep, let, start, end, stay on, stay, go
        back to, go to, come, get, check, correct, adjust, tweak, increase, decrease, reduce, stabilize,
        stabilise, center, centre, straighten, align, animate, soften, sharpen, dial, tone, take, cut to, cut
        away, dissolve, crossfade, switch, rotate, flip, mask, scale, shift, nudge, delay, insert, include,
        rename, update, redo, re record, rerecord, rework, reorder, rearrange, regrade, clean, lift, ease, pick
        up, kill, ditch, scrap, split, match, sync, hide, shave, leave, open, begin, give, balance, desaturate,
        double check, spell, color, colour, grade, mix, introduce, explain, mention, break, avoid, find, pause,
        slow, stop, tidy, widen, enlarge, shrink, bump, ramp, space, level, trim down, feather, retime, overlay,
        caption, censor, bleep, snip, chop, skip, merge, combine, loop, repeat, reverse, undo the grade, revert,
        restore, finish, play, run, carry, continue, dip, roll, roll off, pitch, push in, paint out, paint, key,
        clone, patch, dub, adr, rerender, re render, upscale, bring in, tuck, knock, crank, back off, ride,
        cross fade, cross dissolve, slip, slide, blend, tint, expose, clarify, simplify, retouch, translate,
        denoise, relight, refocus, tilt, rebalance, re edit, reedit, recut, re cut, reshoot, credit, call out,
        pop, hit, wrap, top and tail, round off, follow, build, draw, highlight, underline, bold, capitalize,
        capitalise, italicize, reposition, resize, recolor, recolour, time, ensure, verify, confirm, settle,
        steady, ask, send, remix, equalize, eq""",
    Sign.ATTRIBUTE: """
        loud, quiet, dark, bright, long, short, slow, fast, quick, early, late, soft, flat, tight, wide, warm,
        cold, cool, hot, thin, harsh, busy, crowded, empty, small, big, large, tiny, heavy, light, low, high,
        close, far, red, green, blue, orange, yellow, pink, purple, magenta, pale, noisy, grainy, sharp, choppy,
        jumpy, stiff, forced, dead, muddy, loose, sluggish, hurried, rushed, repetitive, clinical, generic,
        dated, cluttered, bare, sudden, strong, weak, faint, hollow, boxy, bassy, shrill, sterile, saturated,
        contrasty, cramped, static, stagey, scripted, rehearsed, vague, wordy, heavy handed, on the nose,
        salesy, preachy, crunchy, fuzzy, blurry, grey, gray, dull, yellowish, greenish, orangey, dim, over the
        top, intense, aggressive, bumpy, shaky, disconnected, disjointed, unfinished, obvious, slow moving,
        quickly, low res, lengthy, drawn out, clunky""",
    Sign.MORE: """
        louder, quieter, shorter, longer, brighter, darker, faster, slower, quicker, bigger, smaller, larger,
        tighter, warmer, cooler, wider, closer, sooner, higher, softer, snappier, punchier, sharper, lighter,
        bolder, clearer, smoother, less, a touch more, a bit more, a little more, more contrast, more energy,
        more room, more time, more space, more headroom, frames earlier, frames later, seconds earlier, seconds
        later, frames sooner, second earlier, second later, earlier please, a bit earlier, a bit later, a little
        earlier, a little later, a touch earlier, a bit less, a little less, way less, calmer, happier,
        steadier, crisper, subtler, more subtle, simpler, thicker, thinner, deeper, stronger""",
    Sign.PRAISE: """
        love, loving, like how, really like, i like, great, good, nice, nicely, lovely, beautiful, beautifully,
        perfect, perfectly, excellent, amazing, awesome, brilliant, fantastic, gorgeous, stunning, superb,
        wonderful, terrific, fabulous, cool shot, very cool, so cool, really cool, pretty cool, well done, well
        shot, well cut, good job, great job, nice job, nice work, great work, spot on, nailed it, nailed, works
        well, works great, works really well, works nicely, works perfectly, working well, works for me, works
        better, much better, way better, so much better, a lot better, better now, better than before,
        improvement, happy with, bang on, dead on, chefs kiss, impressive, funny, hilarious, powerful,
        effective, favorite, favourite, big fan, clever, smooth, elegant, slick, strong, satisfying, on point,
        works a treat, looks the business, sounds fab, fab, dont change, not bad, cant fault, no notes, no
        complaints, keep this, keep that, keep it, well paced, sweet, delightful, crisp, tasteful, yes this
        works, this works, really works, landed, lands, we like, also like, do like, how good, love how, dont
        touch, that works, so good, so nice, really good, very good, very nice, well written, well lit, works
        beautifully, sounds great, looks great, looks good, sounds good, looks lovely, feels great, feels right,
        feels good, the best, magic, flawless, hits hard, killer, sick, dope, tidy, a plus, big improvement,
        happy with this, im happy, fixed now, solved, bravo, kudos, approve, approved, cracking, ace, classy,
        striking, pleased, enjoy, enjoyed, loved, adore, congratulations, congrats, sweet spot, good work, good
        call, great call, thats it""",
    Sign.ASKING: """
        wonder if, wonder whether, not sure if, not sure whether, not sure why, not sure who, not sure what, do
        we know, are we sure, is it just me, do we have, have we got, did we, any reason, is there a reason,
        curious, remind me, can someone confirm, can anyone confirm, question for, quick question, i dont
        remember if, is that meant, is this meant, is that supposed, is this supposed, i wonder if, i wonder
        whether, i wonder why, i wonder who, i wonder what, wondering if, wondering whether""",
    Sign.UNSURE: """
        not sure, im not sure, i dont know, dont know, no idea, might be just me, might just be me, maybe its
        just me, could be wrong, i could be wrong, i might be wrong, hard to say, not certain, in two minds, on
        the fence, torn, i guess, possibly, cant decide, take it or leave it, could go either way, jury is out,
        jurys out, i wonder about, wondering about, i wonder""",
}

EMPTY_PHRASES: Mapping[Sign, str] = {
    Sign.VAGUE: """
        interesting, this bit, that bit, this part, that part, this thing, that thing, something, somewhere,
        somehow, whatever, anyway, look at this, look at that, see this, see that, not sure, im not sure, i dont
        know, dont know, hard to say, well see, we will see, i guess, i suppose, you see, right here, here,
        there, over here, over there, kind of, sort of, like this, like that, i think, thing, things, stuff,
        bit, part, this one, that one, fair enough, who knows, possibly, we can talk about it, come back to
        this, come back to that, think about it, think about this, have a think, same here, same again, same
        thing, hmm not sure, dunno, i dunno, hard to tell, not sure yet, not sure about that, this is the one,
        that kind of thing, and so on, et cetera, etcetera, whatever that is, whatever this is, or something,
        let me think, thinking, well maybe, who cares, whatever works, i mean, you know what i mean, if that
        makes sense, the whole thing, all of this, all this, hmm okay""",
    Sign.ASIDE: """
        hang on, hold on, hold on a sec, hold on a second, hold on a minute, wait a second, wait a minute, wait,
        one second, one sec, one moment, just a second, just a sec, just a moment, give me a second, give me a
        sec, give me a minute, bear with me, bear with, sorry, excuse me, can you hear me, can anyone hear me,
        is this on, is it on, is this working, is it working, is it recording, is this recording, are we
        recording, is this thing on, testing, test, mic check, testing one two, one two three, one two, where
        was i, where were we, what was i saying, what was i going to say, lost my train of thought, forgot what
        i was going to say, let me rewind, let me go back, let me just go back, let me see, lets see, let me
        check, let me watch that again, let me watch this again, let me play that again, let me scrub back, let
        me just, let me think, rewind, play, play it, play that again, play it again, hit play, press play,
        never mind, nevermind, ignore that, ignore me, my phone, phone is ringing, doorbell, someone at the
        door, be right back, ill be right back, brb, back in a minute, back in a second, moving on, carry on,
        keep going, lets keep going, lets carry on, lets go, lets move on, here we go, next, next one, next
        shot, lets go on, okay next, all right then, thats it, thats all, thats everything, im done, all done,
        done, coffee, cup of tea, need a coffee, grab a coffee, good morning, good afternoon, good evening, good
        night, how are you, nice to meet you, oops, whoops, whats this button, which button, how do i, how does
        this work, am i muted, im muted, youre on mute, can you see my screen, ill skip ahead, skipping ahead,
        skip ahead, fast forwarding, bless you, shut up, not you, good boy, dinner is ready, dinner, lunch, give
        me one second, hold please, one minute, two minutes, two secs, ill come back to that, be back in a sec,
        coming, on the phone, talking to you, is this thing recording, this thing recording, is this recording
        now, let me go back a bit, let me find, let me have another look, let me look at that again, lets watch
        that again, play it back, one second please, sorry about that, sorry one second, sorry hang on, ill go
        back, im going back, going back, just rewinding, rewinding, im just going to rewind, wheres the pause
        button, let me pause, let me turn, turn this up on my, refresh, buffering, its buffering, its loading,
        loading, still loading, my internet, my wifi, my battery, my headphones, my laptop, whats that, what was
        that, who is it, come in, hi mum, hi mom, love you, call you back, ill call you back, i have to take
        this, got to go, gotta go, getting a call, ill continue, lets continue, lets start, lets get started,
        here goes, off we go, okay here we go, ready, are you ready, am i recording, can you guys hear me, can
        everyone hear me, hello hello, my phone is ringing, my phones ringing, hear me, everybody hear me""",
    Sign.PHANTOM: """
        thanks for watching, thank you for watching, thank you so much for watching, thank you very much for
        watching, thanks so much for watching, thanks for listening, thank you for listening, please subscribe,
        please like and subscribe, like and subscribe, subscribe to my channel, subscribe to our channel,
        subscribe to the channel, subscribe, dont forget to subscribe, dont forget to like and subscribe, dont
        forget to like, hit the bell, hit the like button, hit that like button, see you in the next video, see
        you in the next one, see you next time, see you next week, see you again, see you soon, see you later,
        see you, ill see you in the next video, ill see you next time, ill see you, until next time, in the next
        video, next video, thanks for your support, thank you for your attention, subtitles by, subtitles by
        the, captions by, captioned by, captioning by, transcribed by, translated by, transcription by, amara
        org, amara org community, amara, otter ai, community, music playing, upbeat music, music fades,
        applause, laughter, silence, blank audio, copyright, all rights reserved, this video is sponsored by,
        for more information visit, bye bye, bye, goodbye, have a great day, have a nice day, have a good day,
        stay tuned, well be right back, beadaholique, please subscribe to my channel, please subscribe to our
        channel, please subscribe to the channel, to my channel, to our channel, to the channel, thanks for
        watching and see you, thanks for watching guys, see you guys next time, see you guys, see you tomorrow,
        take care, if you enjoyed this video, if you liked this video, leave a comment, leave a comment below,
        comment below, give it a thumbs up, thumbs up, link in the description, links in the description, check
        out my other videos, follow me on instagram, follow us on, well see you next time, i will see you in the
        next one, catch you later, catch you next time, peace out, thank you all, thank you everyone, thank you
        and goodbye, thank you bye, mbc news""",
    Sign.NOISE: """
        um, umm, uh, uhh, uhm, er, erm, hm, hmm, mm, mmm, mhm, mm hmm, uh huh, ah, aha, oh, ooh, eh, huh, ha,
        haha, hahaha, hahahaha, hehe, lol, ahem, phew, okay, ok, k, yeah, yep, yup, yes, no, nope, nah, right,
        alright, all right, sure, cool, hi, hello, hey, thanks, thank you, thank you very much, thank you so
        much, cheers, ta, gotcha, oh my god, oh god, jeez, gosh, cough, coughs, sneeze, sigh, sighs, laughs,
        chuckles, clears throat, you know, i mean, fine, good, boom, bam, la, da, dum, blah, blah blah, oh no,
        oh well, wow, whoa, yay, there we go, there you go, exactly, indeed, of course, absolutely, definitely,
        maybe, got it, i see""",
}

# Words that carry no content by themselves. A remark of nothing else makes no note.
FUNCTION_WORDS = word_set(
    "a an the this that these those it its im i ive id ill me my mine you your youre youve we were weve well us"
    " our ours he him his hes she her hers shes they them their theyre theyve who whos whom whose which what whats"
    " where when why how and or but nor so if then than because cause as while though although of to in on at by"
    " for from with without into onto over under up down out off about around through between after before again"
    " is isnt are arent was wasnt be been being am do does doesnt did didnt done have havent has hasnt had having"
    " can cant could couldnt will wont would wouldnt shall should shouldnt may might must gonna gotta wanna need"
    " needs not no yes yeah just really very quite rather pretty too also even still only maybe perhaps probably"
    " actually basically literally kind sort kinda sorta there theres here heres now some any all both each every"
    " other another one ones two lot lots little bit much many more most less make makes making made get gets"
    " getting got go goes going gone come comes coming came put puts doing think thinks thinking thought know"
    " knows want wants see sees seeing look looks looking like feel feels feeling say says said saying tell let"
    " lets give gives thing things stuff something anything nothing everything someone part way sure right okay ok"
    " oh um uh please guess mean suppose thats dont back try tried use anyway keep keeps start starts same such"
    " own ever never always already yet else until till second seconds sec minute minutes moment"
)
