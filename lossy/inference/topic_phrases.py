"""What a remark is about: phrases, by the category and the weight that they count with.

Weight 3 names what the editor touches, 2 is mostly said of it, 1 is a hint that decides where nothing stronger is
said. So "the music comes in too early" is about audio, and "this shot comes in too early" about pacing.
"""

from __future__ import annotations

from collections.abc import Mapping

from lossy.domain.notes import Category

TOPIC_PHRASES: Mapping[tuple[Category, int], str] = {
    (Category.PACING, 3): """
        cut to, cut away, cut from, jump cut, hard cut, match cut, smash cut, j cut, l cut, straight cut,
        cross cut, edit point, pace, pacing, rhythm, tempo of the edit, transition, dissolve, cross
        dissolve, crossfade, wipe, trim, shorten, lengthen, tighten, linger, drag on, speed ramp, slow
        motion, slow mo, slomo, slo mo, fast forward, freeze frame, hold on, hold this, hold that, hold the
        shot, hold the frame, hold it, breathing room, room to breathe, time to breathe, let it breathe, cut
        sooner, cut earlier, cut later, cut out sooner, cut the shot, cut this shot, frames early, frames
        late, frames off, on the beat, cut on, edit on, frames too early, frames too late, frames earlier,
        frames later""",
    (Category.PACING, 2): """
        cut, edit, too long, too short, too slow, too fast, too quick, too quickly, so long, so slow, so
        fast, very long, very slow, a bit long, bit long, a little long, little long, a bit slow, bit slow,
        a bit fast, bit fast, bit quick, slow, fast, quick, quickly, long enough, goes on, going on forever,
        longer, shorter, faster, slower, quicker, drag, dragging, rush, abrupt, abruptly, jarring cut,
        timing, beat, too early, too late, too soon, sooner, earlier, seconds off, second off, shave,
        snappy, snappier, tight, tighter, loose, speed up, speed this up, speed it up, slow down, slow this
        down, slow it down, pause, dead air, dead space, lose this shot, lose the shot, lose this bit,
        breathe, faded, fade, fade out, fade in, fade to black, few frames, montage, duration, length,
        extend, drop this shot, repetitive, boring, stay on, stays on, on screen for, gap, stutter""",
    (Category.PACING, 1): """
        hold, later, early, late, long, short, intro, outro, opening, clip, hang, frames""",
    (Category.AUDIO, 3): """
        audio, sound, sound effect, sound effects, sfx, music, music track, song, soundtrack, track, score,
        voice, voice over, voiceover, vo, narration, narrator, dialog, dialogue, mic, microphone, lip sync,
        lips, foley, whoosh, swoosh, ambience, ambient, room tone, mix, sound mix, volume, decibel, db,
        bass, treble, reverb, echo, hiss, hum, buzz, audio levels, audio level, background noise, wind
        noise, plosive, sibilance, esses, hear, inaudible, mute, unmute, loud, louder, loudness, quieter,
        noise reduction, drums, guitar, piano, strings, synth, vocal, lyrics, tune, stinger, sting, needle
        drop, jingle, music bed, birdsong, footsteps, boom noise, siren, audio track, sound mix, breathing,
        siren, hear him, voices""",
    (Category.AUDIO, 2): """
        quiet, silence, silent, level, muffled, tinny, boomy, noise, noisy, click, crackle, distortion,
        distorted, clipping, peaking, duck, ducking, equalizer, eq, eqd, compressed, out of sync, in sync,
        sync, not synced, listen, deafening, drown, drowned out, drowning out, drowns out, overpowering,
        ear, ears, bleep, beep, pops on the, stereo, mono, left ear, right ear, understand him, understand
        her, understand what, make out what, echoey, roomy, mouth noise, breaths, breath, rustle, rustling""",
    (Category.AUDIO, 1): """
        wind, traffic, speaker, swell, chorus, kicks in, pop""",
    (Category.COLOR, 3): """
        color, colour, color grade, colour grade, color grading, grade, grading, regrade, exposure,
        overexposed, over exposed, underexposed, under exposed, contrast, saturation, saturated,
        desaturated, oversaturated, desaturate, white balance, skin tone, skin tones, skin, highlights,
        shadows, black level, blacks, blown out, washed out, lut, hue, tint, color cast, colour cast,
        lighting, brightness, crushed, banding, film grain, grain, grainy, gamma, vignette, color match,
        colour match, color temperature, colour temperature, brighten, darken, underlit, overlit, tones""",
    (Category.COLOR, 2): """
        dark, bright, darker, brighter, warm, warmer, cool, cooler, cold, colder, green, greenish, magenta,
        orange, yellow, yellowish, blue, bluish, teal, pink, purple, red, muddy, murky, flat look, looks
        flat, milky, light, lit, noisy image, noisy picture, pale, hot, sky is blown, glow, black and white,
        monochrome, exposed, moody, orangey, faces are, vivid, vibrant, too dark, too bright, so dark, bit
        dark, bit bright, little dark, little bright""",
    (Category.COLOR, 1): """
        grey, gray, dull, white, black, punchy""",
    (Category.GRAPHICS, 3): """
        graphic, text, title, title card, lower third, lower thirds, subtitle, caption, closed caption,
        font, typeface, typo, spelling, spelt, spelled, misspelled, misspelt, spell, logo, watermark,
        overlay, super, supers, animation, animate, animated, motion graphic, motion graphics, vfx, cgi,
        visual effect, visual effects, special effect, green screen, greenscreen, chroma key, keying, comp,
        compositing, mask, masking, rotoscope, roto, end card, end screen, end slate, slate, credit,
        credits, chart, graph, diagram, infographic, icon, emoji, bullet point, bullet points, banner,
        thumbnail, call out, callout, annotation, arrow, name tag, chyron, strap, strapline, tagline, url,
        web address, website, phone number, qr code, kerning, drop shadow, capital letter, capital letters,
        apostrophe, punctuation, hashtag, handle, disclaimer, small print, word wrap, cta button, progress
        bar, screen recording, popup, pop up""",
    (Category.GRAPHICS, 2): """
        read, legible, illegible, readable, unreadable, letter, lettering, word on screen, words on screen,
        on screen text, brand colors, brand colours, branding, brand, line break, alignment, misaligned,
        safe area, safe zone, title safe, render, blur his, blur her, blur the, blur out, blurred out,
        number plate, license plate, licence plate, surname, job title, underline, italics, bold, uppercase,
        lowercase, hyphen, comma, full stop, exclamation mark, spacing, effect, bullet, keyed, font size""",
    (Category.GRAPHICS, 1): """
        name, screen, align, button, map, number, box, slide""",
    (Category.FRAMING, 3): """
        framing, frame this, reframe, reframed, re frame, composition, crop, headroom, head room, lead room,
        looking room, angle, camera angle, wide shot, wide angle, wide, wider, close up, closeup, medium
        shot, mid shot, two shot, over the shoulder, pov, establishing shot, punch in, zoom, zoomed, zoom
        in, zoom out, pan, tilt, dolly, tracking shot, handheld, hand held, shaky, shake, wobbly, wobble,
        stabilize, stabilise, stabilization, stabilisation, stabilizer, focus, out of focus, soft focus,
        rack focus, in focus, blurry, blurred, depth of field, bokeh, horizon, level horizon, not level, off
        center, off centre, centered, centred, center him, centre him, center her, centre her, rule of
        thirds, aspect ratio, letterbox, pillarbox, black bars, cut off at the top, head is cut off, heads
        cut off, cutting off, cropped, eyeline, eye line, camera move, camera movement, camera work,
        camerawork, drone shot, aerial, lens, dutch, tripod, symmetrical, foreground, vertical version, b
        roll, broll, cutaway shot, insert shot""",
    (Category.FRAMING, 2): """
        camera, composed, framed, frame, tilted, crooked, wonky, straighten, edge of frame, edge of the
        frame, cut off, cuts off, chopped off, fuzzy, sharp, sharper, soft, tight shot, out of frame, in
        frame, in the frame, center, centre, bit tight, too tight, too wide, closer, move in, push in, pull
        back, pull out, steadier, steady, bumpy, judder, jerky, background blur, other angle, off to the
        side, cutaway, establish, footage, drone, different angle, profile shot""",
    (Category.FRAMING, 1): """
        shot, view, background, side, image, picture""",
    (Category.CONTINUITY, 3): """
        continuity, doesnt match the, dont match the, does not match the, not matching the, mismatch, match
        the previous, match the last, match the next, match the shot before, matching the previous, boom in
        shot, boom mic, boom pole, boom is in, see the boom, in shot, crew, crew member, reflection,
        reflected, reflections, wardrobe, costume, prop, line cross, crosses the line, cross the line,
        crossing the line, crossed the line, axis, one eighty rule, 180 rule, wrong hand, other hand,
        different hand, same shot twice, shot twice, used this shot already, used that shot already, already
        used, already seen this shot, seen this shot, teleport, changes position, changed position, jumps
        position, position jumps, screen direction, disappears, disappear, vanish, vanishes, appears out of
        nowhere, reappears, duplicate shot, repeated shot, light stand, clapper, clapperboard, tape mark,
        product placement, wearing""",
    (Category.CONTINUITY, 2): """
        match, matches, shirt, jacket, tie, glasses, hat, cup, mug, glass, bottle, clock on the wall, watch
        on, half full, half empty, sleeve, sleeves, collar, hair is, her hair, his hair, hairstyle, earring,
        earrings, necklace, scarf, coat, bag, previous shot, shot before, last shot, earlier shot, in the
        shot before, same clip, same take twice, suddenly, all of a sudden, left hand, right hand, door was,
        was open, was closed, was on the, visible, tripod leg, cable, stain, extra in, goof, weather, sunny,
        raining""",
    (Category.CONTINUITY, 1): """
        again, twice, hand, hair, moved, reverse""",
    (Category.PERFORMANCE, 3): """
        performance, acting, actor, actress, delivery, line reading, line read, line delivery, deliver,
        delivers, delivered, better take, other take, different take, another take, alt take, retake,
        stumble, stumbles over, fluffs, fluff, fluffed, flub, flubs, trips over, mumble, mispronounce,
        pronounce, pronunciation, enunciate, overacting, over acting, overacted, wooden, believable,
        unbelievable performance, unconvincing, convincing, facial expression, expression, looks nervous,
        look nervous, seems nervous, looks uncomfortable, looks bored, body language, blinks, blink,
        blinking, ad lib, improv, improvise, reads the line, reading off, teleprompter, autocue, prompter,
        eye contact, his energy, her energy, more energy, low energy, this take, that take, the take, a
        take, best take, first take, second take, last take, alternate take, new take, earlier take""",
    (Category.PERFORMANCE, 2): """
        emotion, emotional, energy, enthusiasm, enthusiastic, smile, smiling, laugh, genuine, stiff, awkward
        pause, robotic, monotone, nervous, hesitant, hesitate, natural, sincere, looks down, looks away,
        looking down, looking away, looks at the camera, look at camera, looking at the camera, read the
        line, says the line, line, reaction, speaks, speaking, gesture, tense, sells it, chemistry, accent,
        forgets, word wrong""",
    (Category.PERFORMANCE, 1): """
        guy, interviewee, says, talk, eyes, face, talking, the host, presenter""",
    (Category.STORY, 3): """
        story, storyline, narrative, plot, structure, story structure, message, call to action, cta, hook,
        script, exposition, backstory, context, introduce, introduced, introduction, no idea who, dont know
        who, who this is, who he is, who she is, who they are, who that is, setup, set up the, payoff, pay
        off, punchline, joke, act one, act two, act three, doesnt make sense, makes no sense, make sense,
        confusing, confused, confuse, unclear, not clear, contradict, contradicts, said this already, says
        this already, already said, said that already, repeats himself, repeats herself, claim, factually,
        fact, facts, inaccurate, legal, misleading, theme, reorder, re order, swap the order, order of,
        change the order, rearrange, chapter, testimonial section, key message, takeaway, conclusion,
        ending, spoiler, redundant, motivation, stakes, logline, storytelling, not true, isnt true, out of
        date, outdated, discontinued""",
    (Category.STORY, 2): """
        explain, explains, explanation, before the interview, after the interview, quote, soundbite, sound
        bite, order, move this before, move this to, move this section, move this bit, move that to, flow,
        flows, lost me, lose me, lost, follow whats, hard to follow, viewer, viewers, audience, people wont
        know, understand why, understand who, the point, point of this, irrelevant, unnecessary, off topic,
        jargon, statistic, stat, statistics, figure, price, pricing, product name, demo, mention, wording,
        information, tell us, abruptly ends, bury""",
    (Category.STORY, 1): """
        this part, that part, this bit, that bit, end, start, point, character, first, ends, moment, section, opens, section, sequence,
        scene, interview, sentence, beginning""",
}
