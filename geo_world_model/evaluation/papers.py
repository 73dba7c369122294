# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Numbers that papers report for their own protocols, and whether ours may stand beside them.

Protocol -> (title, lines of a Markdown table, what to think of a comparison). Sources: GaC
(Geometry as context), arXiv 2602.21929; VideoGPA, arXiv 2601.23286; WorldStereo, arXiv 2603.02049.
"""

PAPERS = {
    'revisit': (
        ('GaC, RealEstate10K, forth and back (frames against the ground truth)',
         ('| method | PSNR | FID |', '|---|---|---|', '| GaC | 16.34 | 64.31 |',
          '| Voyager | 15.80 | 79.81 |', '| GEN3C | 15.28 | 80.03 |',
          '| ViewCrafter | 15.77 | 72.14 |'),
         'Not comparable number by number: other pictures, longer ways, generators that were '
         'trained on that very set. Comparable in kind: every method there loses 2.7 to 2.9 dB '
         'from its one-way clips to the way back; here the second visit may be compared with the '
         'first in the same row.'),),
    'novel-view': (
        ('GaC, RealEstate10K and Tanks and Temples, one image',
         ('| method | RE10K PSNR | SSIM | T&T PSNR |', '|---|---|---|---|',
          '| GaC | 19.01 | .656 | 15.77 |', '| Voyager | 18.70 | .616 | 15.24 |',
          '| GEN3C | 18.12 | .624 | 15.32 |', '| ViewCrafter | 16.72 | .585 | 12.59 |'),
         'Not comparable: their seed has no measured depth, ours has; their frames are 640x352 of '
         'another set and their share of holes is not reported, which decides a PSNR over whole '
         'frames. PSNR in holes punishes a plausible invention as much as a wrong one.'),),
    'cross-trajectory': (
        ('WorldStereo, one image, four trajectories, Tanks and Temples point F1',
         ('| method | F1 |', '|---|---|', '| Uni3C | .424 |', '| GEN3C | .416 |',
          '| VMem | .386 |', '| WorldStereo, no memory | .447 |',
          '| WorldStereo, global points | .485 |',
          '| WorldStereo, points and references | .578 |', '| WorldStereo, distilled | .534 |'),
         'Not comparable: there the clouds are reconstructed from the pictures by a network, '
         'aligned by a similarity, and the true points come from a scanner; here clouds are the '
         'views\' own depth and nothing is aligned. Comparable in kind: what memory adds from row '
         'to row.'),),
    'camera': (
        ('WorldStereo, 100 single images, poses estimated by WorldMirror',
         ('| method | RotErr | TransErr | ATE |', '|---|---|---|---|',
          '| SEVA | .171 | .540 | 1.023 |', '| GEN3C | .220 | .275 | 1.071 |',
          '| Uni3C | .155 | .192 | .572 |', '| WorldStereo, no memory | .132 | .178 | .542 |',
          '| WorldStereo, full | .145 | .253 | .667 |'),
         'Not comparable: the estimator is part of such a number (a network there, features with '
         'measured depth here), and their translations are in units of their own alignment, ours '
         'in metres. What may be compared here is each row with that of the truth.'),),
    'consistency': (
        ('VideoGPA, image to video, on DL3DV',
         ('| method | MVCS | 3DCS (MSE + LPIPS) | epipolar px |', '|---|---|---|---|',
          '| CogVideoX-I2V-5B | .945 | .485 | .585 |', '| Epipolar-DPO | .944 | .487 | .545 |',
          '| VideoGPA | .950 | .483 | .539 |'),
         'Not comparable: their score adds LPIPS, their depths and cameras are estimated by a '
         'network from the clip itself, MVCS as published changes with the scale of the depth '
         '(theirs is that of the network, ours is metres), and their epipolar error is that of '
         'SuperPoint and LightGlue matches. Our rows of the truth say what a perfect generator '
         'would get here.'),),
    'single-image': (
        (None, (), 'No seed paper reports metric depth from one image and a camera\'s height; the '
         'rows of the measured seed are what perfect depth would give.'),),
    'depth': (
        (None, (), 'No seed paper reports whether colour, depth, cloud and camera of a view '
         'agree.'),),
    'health': (
        (None, (), 'No seed paper examines its answers at run time.'),),
    'candidates': (
        (None, (), 'No seed paper chooses between answers at run time; VideoGPA uses such a '
         'choice for training.'),),
}
