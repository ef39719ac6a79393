"""What a remark is about: phrases, by the category and the weight that they count with.

Weight 3 names what the editor touches, 2 is mostly said of it, 1 is a hint that decides where nothing stronger is
said. So "the music comes in too early" is about audio, and "this shot comes in too early" about pacing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.domain.notes import Category

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC_PHRASES: Mapping[tuple[Category, int], str] = {
    (Category.PACING, 3): """
        cut to, cut away, cut from, jump cut, hard cut, match cut, smash cut, j cut, l cut, straight cut, cross
        cut, edit point, pace, pacing, rhythm, tempo of the edit, transition, dissolve, cross dissolve,
        crossfade, wipe, trim, shorten, lengthen, tighten, linger, drag on, speed ramp, slow motion, slow mo,
        slomo, slo mo, fast forward, freeze frame, hold on, hold this, hold that, hold the shot, hold the frame,
        hold it, breathing room, room to breathe, time to breathe, let it breathe, cut sooner, cut earlier, cut
        later, cut out sooner, cut the shot, cut this shot, frames early, frames late, frames off, on the beat,
        cut on, edit on, frames too early, frames too late, frames earlier, frames later""",
    (Category.PACING, 2): """
        cut, edit, long, short, too long, too short, too slow, too fast, too quick, too quickly, so long, so
        slow, so fast, very long, very slow, a bit long, bit long, a little long, little long, a bit slow, bit
        slow, a bit fast, bit fast, bit quick, slow, fast, quick, quickly, long enough, goes on, going on
        forever, longer, shorter, faster, slower, quicker, drag, dragging, rush, abrupt, abruptly, jarring cut,
        timing, beat, too early, too late, too soon, sooner, earlier, seconds off, second off, shave, snappy,
        snappier, tight, tighter, loose, speed up, speed this up, speed it up, slow down, slow this down, slow
        it down, pause, dead air, lose this shot, lose the shot, lose this bit, breathe, faded, fade, fade out,
        fade in, fade to black, few frames, montage, duration, length, extend, drop this shot, repetitive,
        boring, stay on, stays on, on screen for, stutter, lose the first, lose the last, cut the first, cut the
        last, trim the first, trim the last, seconds off the, momentum, energy of the edit, head of the, tail of
        the, top and tail, handles, sluggish, seconds late, seconds early, second early, second late, breath
        before, moment before, moment after, straight to, ages, forever, overstays, outstays, long time, cuts,
        speed, flash frame, black frame, rushing, rushed, frames of black, another second, another two seconds,
        another beat, few seconds, seconds longer, seconds shorter, couple of frames, out for a second, going on
        a bit, goes on a bit, to get going, get going, get to the point, going on""",
    (Category.PACING, 1): """
        hold, later, early, late, intro, outro, opening, clip, hang, this part, that part, this bit, that bit,
        the bit, the part, second, seconds, frames, lose, drop, remove, take out, get rid, take this out, take
        that out, take it out, gap""",
    (Category.AUDIO, 3): """
        audio, sound, sound effect, sound effects, sfx, music, music track, song, soundtrack, track, score,
        voice, voice over, voiceover, vo, narration, narrator, dialog, dialogue, mic, microphone, lip sync,
        foley, whoosh, swoosh, ambience, ambient, room tone, mix, sound mix, volume, decibel, db, bass, treble,
        reverb, echo, hiss, hum, buzz, audio levels, audio level, background noise, plosive, sibilance, esses,
        hear, inaudible, mute, unmute, loud, louder, loudness, quieter, noise reduction, drums, guitar, piano,
        strings, synth, vocal, lyrics, tune, stinger, sting, needle drop, jingle, music bed, birdsong,
        footsteps, boom noise, siren, audio track, breathing, hear him, voices, sound design, whistle, rumble,
        thump, thud, mouth clicks, room noise, air con, fan noise, traffic noise, dog barking, crosstalk,
        talking over each other, talk over each other, vocals, singing, gain, lav, lavalier, radio mic, adr,
        dubbing, dubbed, audible, instrumental, music cue, headphones, speakers, crowd noise, clapping, mono,
        key change, levels, hearing, helicopter, plane, aeroplane, airplane, sibilant, birds, hissy, crackly,
        staticky, background music, audio quality, a fan running, fan running, fan in the background""",
    (Category.AUDIO, 2): """
        quiet, silence, silent, level, muffled, tinny, boomy, noise, noisy, click, crackle, distortion,
        distorted, clipping, peaking, duck, ducking, equalizer, eq, eqd, compressed, out of sync, in sync, sync,
        not synced, listen, deafening, drown, drowned out, drowning out, drowns out, overpowering, ear, ears,
        bleep, beep, pops on the, stereo, left ear, right ear, understand him, understand her, understand what,
        make out what, echoey, roomy, mouth noise, breaths, breath, rustle, rustling, cough, sneeze, sniff,
        burp, ums, ahs, lip smack, lip smacks, lips, wind noise, gain, ringing, barking, bark, pop on, click on,
        bass drop, acoustic, siren""",
    (Category.AUDIO, 1): """
        wind, traffic, speaker, swell, chorus, kicks in, pop, he sounds, she sounds, it sounds, that sounds,
        this sounds, they sound, sounds like, sound like, us sound, them sound, him sound, her sound, you sound,
        i sound""",
    (Category.COLOR, 3): """
        color, colour, color grade, colour grade, color grading, grade, grading, regrade, exposure, overexposed,
        over exposed, underexposed, under exposed, contrast, saturation, saturated, desaturated, oversaturated,
        desaturate, white balance, skin tone, skin tones, skin, highlights, shadows, black level, blacks, blown
        out, washed out, lut, hue, tint, color cast, colour cast, lighting, brightness, crushed, banding, film
        grain, grain, grainy, gamma, vignette, color match, colour match, color temperature, colour temperature,
        brighten, darken, underlit, overlit, tones, luminance, chroma, hdr, glare, backlit, silhouette, sepia,
        oversharpened, denoise, digital noise, palette, colour palette, color palette, sunburnt, highlight,
        midtones, hot spot, relight, whites, blues, reds, greens""",
    (Category.COLOR, 2): """
        dark, bright, darker, brighter, warm, warmer, cool, cooler, cold, colder, greenish, yellowish, bluish,
        muddy, murky, flat look, looks flat, milky, lit, noisy image, noisy picture, pale, sky is blown, glow,
        black and white, monochrome, exposed, moody, orangey, faces are, vivid, vibrant, too dark, too bright,
        so dark, bit dark, bit bright, little dark, little bright, dim, gloomy, shadowy, sunlight, sky, filmic,
        light flicker, lights flicker, contrasty""",
    (Category.COLOR, 1): """
        grey, gray, dull, white, black, punchy, red, blue, green, yellow, orange, purple, pink, teal, magenta,
        hot, light""",
    (Category.GRAPHICS, 3): """
        graphic, text, title, title card, lower third, lower thirds, subtitle, caption, closed caption, font,
        typeface, typo, spelling, spelt, spelled, misspelled, misspelt, spell, logo, watermark, overlay, super,
        supers, animation, animate, animated, motion graphic, motion graphics, vfx, cgi, visual effect, visual
        effects, special effect, green screen, greenscreen, chroma key, keying, comp, compositing, mask,
        masking, rotoscope, roto, end card, end screen, end slate, slate, credit, credits, chart, graph,
        diagram, infographic, icon, emoji, bullet point, bullet points, banner, thumbnail, call out, callout,
        annotation, arrow, name tag, chyron, strap, strapline, tagline, url, web address, website, phone number,
        qr code, kerning, drop shadow, capital letter, capital letters, apostrophe, punctuation, hashtag,
        handle, disclaimer, small print, word wrap, cta button, progress bar, screen recording, popup, pop up,
        label, countdown, timer, sticker, bumper, ident, opening titles, end titles, headline, heading, header,
        subheading, quotation marks, translation, mistranslated, translate, particle, matte, wire removal,
        tracking marker, 3d model, screen replacement, retouch, pantone, brand guidelines, opacity, outline,
        gradient, ticker, pie chart, bar chart, legend, end frame, name super, title sequence, a graphic,
        placeholder""",
    (Category.GRAPHICS, 2): """
        read, legible, illegible, readable, unreadable, letter, lettering, word on screen, words on screen, on
        screen text, brand colors, brand colours, branding, brand, line break, alignment, misaligned, safe area,
        safe zone, title safe, render, blur his, blur her, blur the, blur out, blurred out, number plate,
        license plate, licence plate, surname, job title, underline, italics, bold, uppercase, lowercase,
        hyphen, comma, full stop, exclamation mark, spacing, effect, bullet, keyed, font size, should say,
        should read, on screen, explosion, 3d, map, the copy, stroke, the card, badge, it says, wrong name,
        spelt, spells""",
    (Category.GRAPHICS, 1): """
        name, screen, button, number, box, slide, copy, card, says""",
    (Category.FRAMING, 3): """
        framing, frame this, reframe, reframed, re frame, composition, crop, headroom, head room, lead room,
        looking room, angle, camera angle, wide shot, wide angle, wide, wider, close up, closeup, medium shot,
        mid shot, over the shoulder, pov, establishing shot, punch in, zoom, zoomed, zoom in, zoom out, pan,
        tilt, dolly, tracking shot, handheld, hand held, shaky, shake, wobbly, wobble, stabilize, stabilise,
        stabilization, stabilisation, stabilizer, focus, out of focus, soft focus, rack focus, in focus, blurry,
        blurred, depth of field, bokeh, horizon, level horizon, not level, off center, off centre, centered,
        centred, center him, centre him, center her, centre her, rule of thirds, aspect ratio, letterbox,
        pillarbox, black bars, cut off at the top, head is cut off, heads cut off, cutting off, cropped,
        eyeline, eye line, camera move, camera movement, camera work, camerawork, drone shot, aerial, lens,
        dutch, tripod, symmetrical, foreground, vertical version, b roll, broll, cutaway shot, insert shot, shot
        size, master shot, full shot, overhead, high angle, low angle, gimbal, steadicam, slider, jib, crane,
        pull focus, refocus, focal, autofocus, motion blur, jitter, jittery, landscape, nine by sixteen, 16:9,
        square crop, negative space, empty space, camera shake, rolling shutter, lens flare, fish eye, fisheye,
        a two shot, tighter shot, wider shot, closer shot, tighter on, closer on, medium, tilt up, tilt down,
        centre of frame, center of frame, birds eye, focus puller, dutch angle, nose room, talking room, top of
        the frame, bottom of the frame, left of frame, right of frame""",
    (Category.FRAMING, 2): """
        camera, composed, framed, the frame, tilted, crooked, wonky, straighten, edge of frame, edge of the
        frame, cut off, cuts off, chopped off, fuzzy, sharp, sharper, soft, tight shot, out of frame, in frame,
        in the frame, center, centre, bit tight, too tight, too wide, closer, move in, push in, pull back, pull
        out, steadier, steady, bumpy, judder, jerky, background blur, other angle, off to the side, cutaway,
        establish, footage, drone, different angle, profile shot, dead space, too close, too far, far away,
        edges, corner, vertical, portrait, rotated, lean, leaning, awkward angle, from behind, straight, feet
        off, head off, hands off, legs off, feet are cut, above her head, above his head, above their heads,
        space above, feet, forehead, chin, shoulders""",
    (Category.FRAMING, 1): """
        shot, view, background, side, image, picture""",
    (Category.CONTINUITY, 3): """
        continuity, doesnt match the, dont match the, does not match the, not matching the, mismatch, match the
        previous, match the last, match the next, match the shot before, matching the previous, boom in shot,
        boom mic, boom pole, boom is in, see the boom, in shot, crew, crew member, reflection, reflected,
        reflections, wardrobe, costume, prop, line cross, crosses the line, cross the line, crossing the line,
        crossed the line, axis, one eighty rule, 180 rule, wrong hand, other hand, different hand, same shot
        twice, shot twice, used this shot already, used that shot already, already used, already seen this shot,
        seen this shot, teleport, changes position, changed position, jumps position, position jumps, screen
        direction, disappears, disappear, vanish, vanishes, appears out of nowhere, reappears, duplicate shot,
        repeated shot, light stand, clapper, clapperboard, tape mark, product placement, wearing, same shot,
        same clip, same footage, reuse, reused, used before, used twice, used it already, repeat of, camera
        operator, cameraman, cameraperson, operator in, in the mirror, camera shadow, shadow of the camera, mic
        shadow, mic in shot, camera in shot, gear in shot, equipment in shot, c stand, gaffer tape, wrong side,
        swapped sides, day to night, time of day, anachronism, outfit, clothes, production assistant, the boom,
        flipped, mirrored, continuity error, different place, different position, different spot, different
        shirt, different outfit, different jacket, different clothes, different hair, different side""",
    (Category.CONTINUITY, 2): """
        match, matches, clock on the wall, watch on, half full, half empty, hair is, her hair, his hair,
        hairstyle, previous shot, shot before, last shot, earlier shot, in the shot before, same clip, same take
        twice, suddenly, all of a sudden, left hand, right hand, door was, tripod leg, extra in, goof, a moment
        ago, a second ago, and now its, and now hes, and now shes, now its, beard, makeup, buttoned, unbuttoned,
        zipped, rolled up, folded, standing, sitting, wasnt there, wasnt that, was wearing, swaps hands, changes
        hands, full again, empty again, position, other side, in one shot and, dress, clock, clocks""",
    (Category.CONTINUITY, 1): """
        again, twice, hand, hair, moved, reverse, shirt, jacket, tie, glasses, hat, cup, mug, glass, bottle,
        sleeve, sleeves, collar, earring, earrings, necklace, scarf, coat, bag, cable, stain, weather, sunny,
        raining, was on the, visible, was open, was closed, door, phone, watch, window, chair""",
    (Category.PERFORMANCE, 3): """
        performance, acting, actor, actress, delivery, line reading, line read, line delivery, deliver,
        delivers, delivered, better take, other take, different take, another take, alt take, retake, stumble,
        stumbles over, fluffs, fluff, fluffed, flub, flubs, trips over, mumble, mispronounce, pronounce,
        pronunciation, enunciate, overacting, over acting, overacted, wooden, believable, unbelievable
        performance, unconvincing, convincing, facial expression, expression, looks nervous, look nervous, seems
        nervous, looks uncomfortable, looks bored, body language, blink, ad lib, improv, improvise, reads the
        line, reading off, teleprompter, autocue, prompter, eye contact, his energy, her energy, more energy,
        low energy, this take, that take, the take, a take, best take, first take, second take, last take,
        alternate take, new take, earlier take, conviction, cadence, intonation, inflection, tone of voice,
        charisma, fidget, slouch, stammer, slur, speaks too fast, talks too fast, talking too fast, speaking too
        fast, talks too quickly, speaking too quickly, sounds bored, sounds tired, hammy, melodramatic,
        underplayed, overplayed, interviewee, contributor, talent, cast, reading from, reading a script, reading
        the script, like shes reading, like hes reading, natural take, better read, alt read, improvised, over
        rehearsed, camera shy, lines, like a robot, believe him, believe her, believe them, believe it, buy it,
        take where, takes where, alternative take""",
    (Category.PERFORMANCE, 2): """
        emotion, emotional, energy, enthusiasm, enthusiastic, smile, smiling, laugh, genuine, stiff, awkward
        pause, robotic, monotone, nervous, hesitant, hesitate, natural, sincere, looks down, looks away, looking
        down, looking away, looks at the camera, look at camera, looking at the camera, read the line, says the
        line, reaction, speaks, speaking, gesture, tense, sells it, chemistry, accent, forgets, word wrong,
        confident, confidence, smirk, frown, cry, crying, tears, tired, rehearsed, scripted, forced, hesitation,
        blink, says it, presenter, host, overly dramatic, reacting, react, passion, passionate, uncomfortable,
        unconfident, bored, looks tired, unnatural, cheerful, sad, angry""",
    (Category.PERFORMANCE, 1): """
        guy, interviewee, says, talk, eyes, face, talking, the host, presenter, line, tone""",
    (Category.STORY, 3): """
        story, storyline, narrative, plot, structure, story structure, message, call to action, cta, hook,
        script, exposition, backstory, context, introduce, introduced, introduction, no idea who, dont know who,
        who this is, who he is, who she is, who they are, who that is, setup, set up the, payoff, pay off,
        punchline, joke, act one, act two, act three, doesnt make sense, makes no sense, make sense, confusing,
        confused, confuse, unclear, not clear, contradict, contradicts, said this already, says this already,
        already said, said that already, repeats himself, repeats herself, claim, factually, fact, facts,
        inaccurate, legal, misleading, theme, reorder, re order, swap the order, order of, change the order,
        rearrange, chapter, testimonial section, key message, takeaway, conclusion, ending, spoiler, redundant,
        motivation, stakes, logline, storytelling, not true, isnt true, out of date, outdated, discontinued,
        testimonial, no idea what, dont know what this is, what this is about, what its about, what is going on,
        whats going on, tension, suspense, drama, arc, reveal, twist, climax, resolution, cold open, teaser,
        brief, off brief, on message, target audience, value proposition, complicated, too technical, simplify,
        acronym, chronological, chronology, flashback, said twice, says twice, mentioned twice, cliche, wrong
        information, wrong date, wrong year, wrong price, sponsor, offensive, insensitive, compliance,
        trademark, opening line, key point, the wrong order, belongs at, belongs after, belongs before, talking
        points, segue, any sense, no sense""",
    (Category.STORY, 2): """
        explain, explains, explanation, before the interview, after the interview, quote, soundbite, sound bite,
        order, move this before, move this to, move this section, move this bit, move that to, flow, flows, lost
        me, lose me, lost, follow whats, hard to follow, viewer, viewers, audience, people wont know, understand
        why, understand who, point of this, irrelevant, unnecessary, off topic, jargon, statistic, stat,
        statistics, figure, price, pricing, product name, demo, wording, information, tell us, abruptly ends,
        bury, open with, start with, end on, begin with, lead with, end with, close on, close with, land, joke,
        repeats, repeating, relevant, relevance, at the beginning, towards the end, earlier in the video,
        clarify, clearer, clarity, timeline, lead in, tie back, callback, buried, bury the, why we, who he, why
        he, why she, product benefits, benefits, company does, define, set this up, sets up, spell out, earlier
        on, find out, never find out, swap these, misses the, explained, learn, we never, payoff, these two
        scenes, scenes""",
    (Category.STORY, 1): """
        end, start, character, ends, moment, section, opens, sequence, scene, interview, sentence, beginning,
        mention""",
}
