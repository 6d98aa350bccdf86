"""The shapes of a request: which fields its records have, and of what kind their values are.

A kind is a name of ``Grammar``, a record of this file, or a list with the kind of its members.
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

REGION: Shape = dict.fromkeys(("x", "y", "width", "height", "w", "h"), "share")
PLACED: Shape = {"bounds": REGION, "placement": REGION, "targetRect": REGION, "position": REGION}
TIMED: Shape = dict.fromkeys(
    ("startSec", "endSec", "start", "end", "startMs", "durationSec", "periodSec"), "number"
)
MOTION: Shape = {
    **TIMED,
    **dict.fromkeys(("type", "kind", "macro", "easing", "direction", "name"), "word"),
    **dict.fromkeys(("from", "to", "scale", "startScale", "endScale", "opacity"), "number"),
    **dict.fromkeys(("repeatCount", "phaseOffsetSec", "distance", "minScale"), "number"),
    "anchor": REGION,
    "target": "id",
    "params": "any",
    "targetRect": REGION,
}
TRANSITION: Shape = {"type": "word", "durationSec": "seconds", "durationInFrames": "number"}
CALLOUT: Shape = {
    **PLACED,
    **TIMED,
    **REGION,
    "label": "text",
    "number": "number",
    "color": "colour",
}
OVERLAY: Shape = {
    **PLACED,
    **TIMED,
    "text": "text",
    "type": "word",
    "role": "word",
    "fontColor": "colour",
    "layer": "number",
    "id": "id",
    "motions": [MOTION],
    "position": REGION,
}
VISUAL: Shape = {**PLACED, "assetId": "id", "layer": "number", "type": "word", "motions": [MOTION]}
SOUND: Shape = {
    **dict.fromkeys(("file", "filePath", "path", "url", "src"), "place"),
    **dict.fromkeys(("id", "sceneId", "segmentId", "assetId", "provider"), "id"),
    **dict.fromkeys(("volume", "entrySec", "startSec", "durationMs"), "number"),
    "status": "word",
}
SCENE: Shape = {
    **dict.fromkeys(("id", "segmentId", "sectionId", "sourceId", "assetId", "imageId"), "id"),
    **dict.fromkeys(("spokenText", "narration", "narrationText", "text", "body"), "text"),
    **dict.fromkeys(("title", "heading", "sectionTitle", "action", "expect", "content"), "text"),
    **dict.fromkeys(("on_screen_text", "visualOverlayText", "description"), "text"),
    **dict.fromkeys(("type", "section", "layout", "composition"), "word"),
    **dict.fromkeys(("durationSec", "durationMs", "duration", "durationInFrames"), "seconds"),
    **dict.fromkeys(("startTime", "endTime", "stepNumber", "confidence"), "number"),
    "captions": ["text"],
    "steps": ["text"],
    "source_pages": ["number"],
    "imageUrls": ["place"],
    "imageUrl": "place",
    "image": "place",
    "themeBorderColor": "colour",
    "background": {"image": "place", "color": "colour"},
    "audio": SOUND,
    "audioFile": "place",
    "overlays": [OVERLAY],
    "visuals": [VISUAL],
    "motions": [MOTION],
    "motion": MOTION,
    "callouts": [CALLOUT],
    "visual_callouts": [CALLOUT],
    "focus": CALLOUT,
    "focusBox": REGION,
    "transition": TRANSITION,
    "translations": "texts",
    "timing": TIMED,
    "imageAssetIds": ["id"],
    "overlay": {"highlights": [CALLOUT], "arrows": [CALLOUT], "onScreenText": ["text"]},
    "visualPlan": {"selectedAssetIds": ["id"]},
    "backgroundMusicFile": "place",
    "backgroundMusicVolume": "number",
    "sources": "any",
    "componentLayout": "any",
}
STEP: Shape = {
    **dict.fromkeys(("id", "assetId"), "id"),
    **dict.fromkeys(("text", "title", "body", "narration", "action", "expect"), "text"),
    "type": "word",
    "durationSec": "seconds",
    "image": "place",
    "callouts": [CALLOUT],
    "translations": "texts",
    "motion": MOTION,
    "layout": "word",
    "imageUrls": ["place"],
}
CHAPTER: Shape = {
    "id": "id",
    "title": "text",
    "description": "text",
    "steps": [STEP],
    "chunks": "any",
}
SOURCE: Shape = {
    **dict.fromkeys(("title", "game", "name", "gameName"), "text"),
    "scenes": [SCENE],
    "language": "tag",
    "fps": "number",
    "storyboardContractVersion": "word",
    "narrationAssets": [SOUND],
    "backgroundMusic": SOUND,
    "video": "any",
    "transition": TRANSITION,
}
SCRIPT: Shape = {
    "segments": [SCENE],
    "scenes": [SCENE],
    "steps": [STEP],
    "fps": "number",
    "title": "text",
    "game": "text",
    "objectives": ["text"],
    "outro": SCENE,
    "language": "tag",
}
GAME: Shape = {
    **dict.fromkeys(("gameName", "name", "objective", "designer", "goal"), "text"),
    "duration": "number",
    "playerCount": {"min": "number", "max": "number"},
    "language": "tag",
    "components": [{"name": "text", "quantity": "number", "image": "place", "id": "id"}],
    "setup": ["text"],
    "turnStructure": {"phases": ["text"], "description": "text"},
    "coreMechanic": {"name": "text", "description": "text"},
    "edgeCases": ["text"],
    "scoring": {"description": "text", "winCondition": "text"},
    "secondaryMechanics": ["text"],
}
ASSET: Shape = {
    **dict.fromkeys(("id", "assetId", "name", "hash"), "id"),
    **dict.fromkeys(("path", "renderPath", "fileKey", "url", "previewUrl", "fileName"), "place"),
    "dimensions": "word",
    "tags": ["word"],
    "license": "any",
    "text": "place",
}
BRAND: Shape = {
    "name": "text",
    "logo": "place",
    "theme": "word",
    "font": {"family": "word"},
    "colors": dict.fromkeys(("primary", "accent", "background", "text", "muted"), "colour"),
    "watermark": {"enabled": "flag", "position": "word", "opacity": "number", "width": "number"},
}
AUDIO: Shape = {
    "narration": SOUND,
    "audioFile": "place",
    "bgm": SOUND,
    "backgroundMusic": SOUND,
    "music": SOUND,
    "voice": [SOUND],
    "narrationAssets": [SOUND],
    "ducking": "any",
    "loudness": dict.fromkeys(("targetI", "targetLufs", "lra", "tp"), "number"),
}
OPTIONS: Shape = {
    "resolution": "size",
    "format": "word",
    "fps": "number",
    "language": "tag",
    "theme": "word",
    **dict.fromkeys(("includeCaptions", "burnCaptions", "exportSrt", "sidecarCaptions"), "flag"),
    "captionLocales": ["tag"],
    "watermark": "flag",
    "caps": "any",
    "profile": "word",
    "ducking": "any",
    "loudness": "any",
    "live": "flag",
    "brand": BRAND,
    "transition": TRANSITION,
}
REQUEST: Shape = {
    "title": "text",
    "description": "text",
    "language": "tag",
    "steps": [STEP],
    "assets": [ASSET],
    "audio": AUDIO,
    "options": OPTIONS,
    "metadata": {"gameName": "text", "language": "tag", "x": "any"},
    "brand": BRAND,
    "captions": "texts",
    "translations": "texts",
    "chapterId": "id",
    "artifactSet": "flag",
    "narrationAssets": [SOUND],
    "env": "any",
    "transition": TRANSITION,
}
SOURCES: Shape = {
    "storyboard": SOURCE,
    "renderConfig": SOURCE,
    "script": SCRIPT,
    "chapters": [CHAPTER],
    "chapter": CHAPTER,
    "game": GAME,
    "steps": [STEP],
}
