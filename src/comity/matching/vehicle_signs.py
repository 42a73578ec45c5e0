"""Distinguishing signs of vehicles in international traffic and the states behind them, as data.

From the list that the United Nations keep under the conventions on road traffic of 1949 and 1968;
states by the codes of Doc 9303-3.
"""

from types import MappingProxyType
from typing import Final

_SIGNS: Final = (
    "A AUT, AL ALB, AM ARM, AND AND, AUS AUS, AZ AZE, B BEL, BA BIH, BD BGD, BG BGR, BH BLZ, BIH "
    "BIH, BOL BOL, BR BRA, BRN BHR, BW BWA, BY BLR, C CUB, CAM CMR, CDN CAN, CH CHE, CI CIV, CO COL, "
    "CR CRI, CY CYP, CZ CZE, D DEU, DK DNK, DOM DOM, DZ DZA, E ESP, EAK KEN, EAT TZA, EAU UGA, EC "
    "ECU, EST EST, ET EGY, ETH ETH, F FRA, FIN FIN, FJI FJI, FL LIE, G GAB, GB GBR, GE GEO, GH GHA, "
    "GR GRC, GUY GUY, H HUN, HK HKG, HKJ JOR, HR HRV, I ITA, IL ISR, IND IND, IR IRN, IRL IRL, IRQ "
    "IRQ, IS ISL, J JPN, JA JAM, K KHM, KS KGZ, KWT KWT, KZ KAZ, L LUX, LAO LAO, LAR LBY, LS LSO, LT "
    "LTU, LV LVA, M MLT, MA MAR, MAL MYS, MC MCO, MD MDA, MEX MEX, MGL MNG, MK MKD, MNE MNE, MOC "
    "MOZ, MS MUS, MW MWI, N NOR, NAM NAM, NGR NGA, NIC NIC, NL NLD, NMK MKD, NZ NZL, P PRT, PE PER, "
    "PK PAK, PL POL, PY PRY, Q QAT, RA ARG, RC TWN, RCH CHL, RG GIN, RH HTI, RI IDN, RIM MRT, RKS "
    "XXK, RL LBN, RM MDG, RMM MLI, RN NER, RO ROU, ROK KOR, ROU URY, RP PHL, RSM SMR, RU BDI, RUS "
    "RUS, RWA RWA, S SWE, SA SAU, SD SWZ, SGP SGP, SK SVK, SLO SVN, SME SUR, SN SEN, SO SOM, SRB "
    "SRB, SUD SDN, SY SYC, SYR SYR, T THA, TD TCD, TG TGO, TJ TJK, TM TKM, TN TUN, TR TUR, TT TTO, "
    "UA UKR, UAE ARE, UK GBR, USA USA, UZ UZB, V VAT, VN VNM, WAG GMB, WAL SLE, WAN NGA, YEM YEM, YV "
    "VEN, Z ZMB, ZA ZAF, ZW ZWE"
)
STATE_OF_SIGN: Final = MappingProxyType({pair.split()[0]: pair.split()[1] for pair in _SIGNS.split(",")})
"""Sign in Latin capitals, and the state of which it tells."""
