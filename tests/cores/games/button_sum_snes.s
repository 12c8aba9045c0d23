; Button Sum for the SNES: both pads of every frame, added up. Work RAM has
;
;   $0010  4 bytes  "NPBS", the mark of a running game
;   $0014  4 bytes  frame counter, little-endian
;   $0018  2 bytes  running hash over both pads of all frames
;   $0200  512      ring of the hashes, by the low byte of the frame counter
;
; The background has the hash as its colour. Nothing is interrupted: the program waits for blanks.

.p816

BRIGHTNESS    = $2100
COLOUR_INDEX  = $2121
COLOUR        = $2122
INTERRUPTS    = $4200
BLANKS        = $4212           ; bit 7: vertical blank, bit 0: the pads are being read
PAD_ONE       = $4218
PAD_TWO       = $421A

mark  = $10
frame = $14
hash  = $18
ring  = $0200

.segment "CODE"
.a8
.i8
reset:
        sei
        clc
        xce                     ; no longer a 6502
        rep #$30
.a16
.i16
        ldx #$1FFF
        txs
        lda #0
        tcd
        ldx #$1FFE
@clear: stz $0000,x
        dex
        dex
        bpl @clear
        lda #$504E              ; "NP"
        sta mark
        lda #$5342              ; "BS"
        sta mark+2
        lda #$FFFF
        sta hash
        sep #$20
.a8
        lda #$0F
        sta BRIGHTNESS
        lda #1
        sta INTERRUPTS          ; the console reads the pads by itself
turn:
:       lda BLANKS
        bmi :-
:       lda BLANKS
        bpl :-
        ldx #200
:       dex                     ; until it has begun with the pads
        bne :-
:       lda BLANKS
        lsr
        bcs :-
        rep #$20
.a16
        lda hash
        asl
        asl
        asl
        asl
        asl
        clc
        adc hash
        adc PAD_ONE
        eor PAD_TWO
        sta hash
        inc frame
        bne :+
        inc frame+2
:       lda frame
        and #$00FF
        asl
        tax
        lda hash
        sta ring,x
        sep #$20
.a8
        stz COLOUR_INDEX
        lda hash
        sta COLOUR
        lda hash+1
        and #$7F
        sta COLOUR
        bra turn

ignored:
        rti

.segment "HEADER"
        .byte "BUTTON SUM           "
        .byte $20, 0, 5, 0, 1, 0, 0
        .word $FFFF, $0000      ; complement and checksum, as far as anybody looks
        .word 0, 0, ignored, ignored, ignored, ignored, 0, ignored
        .word 0, 0, ignored, 0, ignored, ignored, reset, ignored
